import { FLOAT32_MAX } from "../checks/float32.ts";
import { DivergedError, NotFiniteError } from "../errors.ts";
import { mapSpan, type Span, words } from "../gpu/read-back.ts";
import type { Method } from "../theory/methods/method.ts";

/** The step of divergence of a run that has not diverged. */
export const NEVER = 0xffffffff;

/** The steps of divergence of a walk in which no run can diverge. Any buffer will do: nothing is read from it. */
export function neverDiverged(buffer: GPUBuffer, runs: number): Span<Uint32Array> {
  return mapSpan(words(buffer, 0), () => new Uint32Array(runs).fill(NEVER));
}

/**
 * The largest |residual| that a run of a stable method can reach: twice the norm of its first residual, times the growth
 * that the method allows. A run may start at the solution, where the residual is rounding error alone. Therefore
 * parts of ‖y‖ and of max|A|·‖w‖₁ are added, which are far above the rounding of y and of A·w.
 * @throws NotFiniteError where the first residual is beyond float32.
 */
export function residualLimits(start: {
  readonly runs: number;
  /** runs × rows: A·w − y, and y. */
  readonly residuals: Float32Array;
  readonly targets: Float32Array;
  /** runs × cols. */
  readonly weights: Float32Array;
  /** One for all runs, or one for each. */
  readonly methods: readonly Method[];
  /** max|A|: one for all runs, or one for each. */
  readonly largest: Float32Array;
}): Float32Array<ArrayBuffer> {
  const { runs, residuals, targets, weights, methods, largest } = start;
  const part = (values: Float32Array, run: number) => {
    const length = values.length / runs;
    return values.subarray(run * length, (run + 1) * length);
  };
  return Float32Array.from({ length: runs }, (_, run) => {
    const largestEntry = largest[largest.length > 1 ? run : 0] ?? 0;
    const weightSum = part(weights, run).reduce((sum, value) => sum + Math.abs(value), 0);
    const { growth } = methods[methods.length > 1 ? run : 0] as Method;
    const limit =
      2 * growth * norm(part(residuals, run)) +
      2 ** -10 * norm(part(targets, run)) +
      2 ** -20 * largestEntry * weightSum;
    if (!Number.isFinite(limit)) {
      throw new NotFiniteError(
        `a, y or weights: a first residual of run ${run} beyond float32 given, smaller numbers expected`,
      );
    }
    return Math.min(limit, FLOAT32_MAX);
  });
}

/** The Euclidean norm, summed in float64, where no square of a float32 overflows or underflows. */
function norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/** A power of two near `limit`. The squares of residuals in this unit are within float32. */
export function residualUnit(limit: number): number {
  return 2 ** Math.max(-120, Math.min(120, Math.ceil(Math.log2(limit || 1))));
}

/** @throws DivergedError for the run that diverged first, from the step of divergence of each run. */
export function throwIfDiverged(diverged: Uint32Array, methods: readonly Method[]): void {
  const step = diverged.reduce((first, own) => Math.min(first, own), NEVER);
  if (step === NEVER) return;
  const run = diverged.indexOf(step);
  const { name, stableBelow } = methods[methods.length > 1 ? run : 0] as Method;
  const stable = Number.isFinite(stableBelow) ? `: with these it is stable for σ₁² below ${stableBelow}` : "";
  throw new DivergedError(
    `run ${run} diverged at step ${step}; other parameters of ${name} expected${stable}`,
    step,
    run,
  );
}
