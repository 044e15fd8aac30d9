import type { Matrix } from "../index.ts";
import { createRandom } from "../theory/random.ts";
import { combine } from "./measures.ts";
import type { StudyContext } from "./study.ts";

/**
 * The N values f = Uc with c_k ∝ k^−s and a mean square of 1, or 0 for s = Infinity.
 * @param U N×N, row-major
 */
export function truthOf(U: ArrayLike<number>, samples: number, smoothness: number): number[] {
  return combine(U, coefficientsOf(samples, smoothness));
}

/** N coefficients c_k ∝ k^−s with Σc_k² = N, or 0 for s = Infinity. */
export function coefficientsOf(samples: number, smoothness: number): number[] {
  if (smoothness === Number.POSITIVE_INFINITY) return Array(samples).fill(0);
  const powers = Array.from({ length: samples }, (_, k) => (k + 1) ** -smoothness);
  const unit = Math.sqrt(powers.reduce((sum, c) => sum + c * c, 0) / samples);
  return powers.map((c) => c / unit);
}

/** Gradient descents on one matrix, for every truth in every draw of the noise. */
export interface NoisyDescents {
  /** truths × seeds × N: y = f + e. */
  readonly targets: Float64Array;
  /** records × (truths × seeds): ‖y − ŷ‖²/N. */
  readonly losses: Float64Array;
  /** records × (truths × seeds): ‖f − ŷ‖²/N. */
  readonly errors: Float64Array;
  /** truths × seeds × N: ŷ after the last step. */
  readonly predictions: Float32Array;
}

/**
 * Descends on y = f + e for each truth f and each seed, all at once on the GPU, and records the loss and the error against
 * the truth along the way.
 */
export async function descendInNoise(
  { engine, signal, report }: StudyContext,
  {
    matrix,
    truths,
    noise,
    seeds,
    learningRate,
    recordAt,
  }: {
    readonly matrix: Matrix;
    readonly truths: readonly ArrayLike<number>[];
    /** The standard deviation of the noise of one sample. */
    readonly noise: number;
    /** How many draws; a draw is the same for all truths. */
    readonly seeds: number;
    readonly learningRate: number;
    readonly recordAt: readonly number[];
  },
): Promise<NoisyDescents> {
  const draws = Array.from({ length: seeds }, (_, seed) => createRandom(seed + 1).normals(matrix.rows));
  const clean = truths.flatMap((truth) => draws.map(() => Array.from(truth)));
  const noisy = clean.map((truth, run) => {
    const draw = draws[run % seeds] as Float64Array;
    return truth.map((value, n) => value + noise * (draw[n] as number));
  });
  const targets = Float64Array.from(noisy.flat());
  const run = await engine.descend(matrix, targets, {
    learningRate,
    iterations: recordAt.at(-1) as number,
    recordAt,
    stopping: { rule: "heldOut", matrix, y: clean.flat() },
    signal,
    onProgress: ({ fraction }) => report(fraction),
  });
  return { targets, losses: run.losses, errors: run.heldOutLosses as Float64Array, predictions: run.prediction };
}
