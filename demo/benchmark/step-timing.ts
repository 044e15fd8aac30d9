import { pageTurn, type Timing, time } from "./timing.ts";

/** Milliseconds that the steps of a timed call are to last, or twice what a call of no step takes where that is more. */
const CALL = 500;
/** The part of that time after which a call tells how many steps it takes. */
const PROBE = 0.2;
/** No further call begins once the timed ones took so long together, in ms; those of no step apart. */
const BUDGET = 1200;
const EMPTY_BUDGET = 200;

/** Times are those of a call over the number of its steps. */
export interface StepTiming extends Timing {
  /** Steps in a timed call. */
  readonly steps: number;
  /** Of these times, what a call of no step takes: it sends and reads back as much. */
  readonly overhead: number;
  /** max |w − reference| / max |reference| after a few steps, over all runs; null where a weight is not finite. */
  readonly error: number | null;
}

/** Resolves to the weights after `count` steps from zero. */
type Descend = (count: number, signal: AbortSignal) => Promise<ArrayLike<number>>;

/**
 * Holds the weights after `checked` steps against their reference, then times calls whose steps take about half a second, and
 * beside them calls of no step.
 */
export async function timeSteps(
  descend: Descend,
  { reference, checked }: { readonly reference: Float64Array; readonly checked: number },
  signal: AbortSignal,
): Promise<StepTiming> {
  const error = largestError(await descend(checked, signal), reference);
  const empty = await time(() => descend(0, signal), signal, EMPTY_BUDGET);
  const steps = await stepsPerCall(descend, empty.median, signal);
  const { result, minimum, median, runs } = await time(() => descend(steps, signal), signal, BUDGET);
  if (!Array.from(result).every(Number.isFinite)) throw new Error(`weights not finite after ${steps} steps`);
  return { minimum: minimum / steps, median: median / steps, runs, steps, overhead: empty.median / steps, error };
}

/** The number of steps that a call takes its time for; the calls that find it warm up. */
async function stepsPerCall(descend: Descend, overhead: number, signal: AbortSignal): Promise<number> {
  const duration = Math.max(CALL, 2 * overhead);
  for (let count = 1; ; count *= 4) {
    await pageTurn();
    signal.throwIfAborted();
    const start = performance.now();
    await descend(count, signal);
    const elapsed = performance.now() - start - overhead;
    if (elapsed >= PROBE * duration) return Math.max(1, Math.round((count * duration) / elapsed));
  }
}

function largestError(weights: ArrayLike<number>, reference: Float64Array): number | null {
  let [error, scale] = [0, 0];
  for (const [i, exact] of reference.entries()) {
    const own = Math.abs((weights[i] ?? Number.NaN) - exact);
    if (!Number.isFinite(own)) return null;
    error = Math.max(error, own);
    scale = Math.max(scale, Math.abs(exact));
  }
  return error / scale;
}
