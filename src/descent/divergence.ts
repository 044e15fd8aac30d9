import { FLOAT32_MAX } from "../checks/float32.ts";
import { DivergedError, NotFiniteError } from "../errors.ts";
import type { Method } from "../theory/methods/method.ts";
import type { DescentRuns } from "./runs.ts";

/** The step of divergence of a run that has not diverged. */
export const NEVER = 0xffffffff;

/**
 * The largest |residual| that a run of a stable method can reach: twice the norm of its first residual times the growth
 * that the method allows; and, for runs that start where they end, shares of ‖y‖ and of max|A|·‖w‖₁ that are far above
 * what rounding makes of y and of A·w.
 * @throws NotFiniteError where the first residual is beyond float32.
 */
export function residualLimits(
  residuals: Float32Array,
  largestEntries: Float32Array,
  { runs, targets, weights, methods }: Pick<DescentRuns, "runs" | "targets" | "weights" | "methods">,
): Float32Array<ArrayBuffer> {
  const part = (values: Float32Array, run: number) => {
    const length = values.length / runs;
    return values.subarray(run * length, (run + 1) * length);
  };
  return Float32Array.from({ length: runs }, (_, run) => {
    const largestEntry = largestEntries[largestEntries.length > 1 ? run : 0] ?? 0;
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

function norm(values: Float32Array): number {
  let sum = 0; // in float64, where no square of a float32 overflows or underflows
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/** @throws DivergedError for the first run to diverge, by the steps that the residual's watch has noted. */
export function throwIfDiverged(diverged: Uint32Array, methods: readonly Method[]): void {
  const step = diverged.reduce((first, own) => Math.min(first, own), NEVER);
  if (step === NEVER) return;
  const run = diverged.indexOf(step);
  const { name, stableBelow } = methods[methods.length > 1 ? run : 0] as Method;
  const advice = Number.isFinite(stableBelow) ? `, which is stable for σ₁² below ${stableBelow}` : "";
  const expected = name === "gradientDescent" ? "a learning rate below 2/σ₁²" : `other parameters of ${name}${advice}`;
  throw new DivergedError(`run ${run} diverged at step ${step}; expected ${expected}`, step, run);
}
