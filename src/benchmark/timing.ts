/** Times of calls, and the power law that they follow. */

/** The most runs that are timed. */
const MOST_RUNS = 5;
/** The steps of a timed call last about this many ms, or twice as long as a call of no step where that is more. */
const CALL = 250;
/** A call that lasts this part of that time shows how many steps fill it. */
const PROBE = 0.2;
/** No further call begins once the timed ones took this many ms together: calls of steps, and calls of no step. */
const BUDGET = 600;
const EMPTY_BUDGET = 100;

export interface Timing {
  /** Milliseconds. */
  readonly minimum: number;
  readonly median: number;
  readonly runs: number;
}

/** Times are those of a call over the number of its steps. */
export interface StepTiming extends Timing {
  /** Steps in a timed call. */
  readonly steps: number;
  /** The part of these times that a call of no step takes: it sends and reads back as much. */
  readonly overhead: number;
  /** max |w − reference| / max |reference| after a few steps, over all runs; null where a weight is not finite. */
  readonly error: number | null;
}

/** Resolves to the weights after `count` steps from zero. */
export type Descend = (count: number, signal: AbortSignal) => Promise<ArrayLike<number>>;

/**
 * Times a call that has been warmed up: five runs, or as many as begin before the runs took `budget` ms together.
 * `result` is that of the last run.
 */
export async function time<T>(
  call: () => Promise<T>,
  signal: AbortSignal,
  budget: number,
): Promise<Timing & { readonly result: T }> {
  let spent = 0;
  const times: number[] = [];
  for (;;) {
    await pageTurn();
    signal.throwIfAborted();
    const start = performance.now();
    const result = await call();
    const elapsed = performance.now() - start;
    times.push(elapsed);
    spent += elapsed;
    if (times.length < MOST_RUNS && spent < budget) continue;
    times.sort((a, b) => a - b);
    return { minimum: times[0] ?? Number.NaN, median: middle(times), runs: times.length, result };
  }
}

/** Compares the weights after `checked` steps with their reference, then times calls of many steps and calls of none. */
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

/** Lets the page draw and take clicks: a library on the CPU blocks it during a whole run. */
export function pageTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** The exponent p of y = c·xᵖ, by least squares in logarithms; null where there are fewer than two points. */
export function fitExponent(points: readonly (readonly [x: number, y: number])[]): number | null {
  if (points.length < 2) return null;
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const mean = (axis: 0 | 1) => logs.reduce((sum, log) => sum + log[axis], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, log) => sum + (log[0] - x) * (log[1] - y), 0);
  return covariance / logs.reduce((sum, log) => sum + (log[0] - x) ** 2, 0);
}

/** The number of steps that fill the time of a call. The calls that find it warm up. */
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
    const difference = Math.abs((weights[i] ?? Number.NaN) - exact);
    if (!Number.isFinite(difference)) return null;
    error = Math.max(error, difference);
    scale = Math.max(scale, Math.abs(exact));
  }
  return error / scale;
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}
