import { requireAtMost } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { largestEntries, scaleOf } from "../operator/largest-entry.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import { unitsOf } from "./krylov-basis.ts";
import { findLeadingTriplets } from "./leading-triplets.ts";
import { measureResiduals, productNoise } from "./residuals.ts";

export interface TruncatedSvdOptions extends RunOptions {
  /** K, of the leading singular triplets. */
  readonly components: number;
  /**
   * Restarts after which a search is given up; default 30. There are two searches, and one more for each that finds what was
   * missing.
   */
  readonly maxRestarts?: number;
}

/** The leading K singular triplets of A. Owns `U` and `V`. */
export interface TruncatedSvd {
  /** K, descending. */
  readonly singularValues: Float64Array;
  /** rows × K and cols × K, orthonormal columns. */
  readonly U: Matrix;
  readonly V: Matrix;
  /**
   * K: √(‖Av − σu‖² + ‖Aᵀu − σv‖²) as measured by products, and √2·`noiseFloor` for what these two round; a σ is within
   * it of one of A's, and most are far closer.
   */
  readonly residuals: Float64Array;
  /**
   * One number, as `Svd` has one a matrix: what float32 may leave of a product of A with a vector of length 1. Singular
   * values below it are rounding noise.
   */
  readonly noiseFloor: Float64Array;
  /** Products with A, about as many with Aᵀ. */
  readonly products: number;
  /**
   * False where `maxRestarts` ended a search before all residuals, rounding apart, were below 2⁻²⁰·σ₁, or before it was
   * known whether a σ is missing. Where it is true, a missing σ, of several equal ones or any other, is less than
   * 2⁻¹⁴·σ₁ above the last, except with a probability of about 1 %: that a random vector has less than a hundredth of
   * the usual share of it.
   */
  readonly converged: boolean;
  destroy(): void;
  [Symbol.dispose](): void;
}

const MOST_RESTARTS = 30;

/**
 * The leading singular triplets, from products with A and Aᵀ alone, for entries of any size.
 * @throws ArgumentError for a batch, or where K is above min(rows, cols); NotFiniteError where A holds NaN or infinity.
 */
export async function computeTruncatedSvd(
  gpu: Gpu,
  a: LinearOperator,
  { components, maxRestarts = MOST_RESTARTS, signal, onProgress }: TruncatedSvdOptions,
): Promise<TruncatedSvd> {
  if (a.batch !== 1) throw new ArgumentError(`a: a batch of ${a.batch} matrices given, one matrix expected`);
  requireAtMost("components", components, Math.min(a.rows, a.cols));

  return gpu.withArena(async (arena) => {
    const units = unitsOf(scaleOf(a, await largestEntries(gpu, a, signal)));
    const options = { components, maxRestarts, signal, onProgress };
    const found = await findLeadingTriplets(gpu, arena, a, units, options);
    const { U, V, products, converged } = found;
    const measured = await measureResiduals(gpu, a, found, units, signal);
    const singularValues = found.singularValues.map((value) => value * units.one);
    const noiseFloor = productNoise(a, singularValues[0] as number);
    for (const { buffer } of [U, V]) arena.release(buffer);
    const destroy = () => {
      U.destroy();
      V.destroy();
    };
    return {
      singularValues,
      U,
      V,
      residuals: measured.map((residual) => residual + Math.SQRT2 * noiseFloor),
      noiseFloor: Float64Array.of(noiseFloor),
      products: products + components,
      converged,
      destroy,
      [Symbol.dispose]: destroy,
    };
  });
}

/** σ₁ of `a`, to about 1e-6. */
export async function computeLargestSingularValue(gpu: Gpu, a: LinearOperator, run: RunOptions): Promise<number> {
  const svd = await computeTruncatedSvd(gpu, a, { ...run, components: 1 });
  svd.destroy();
  return svd.singularValues[0] as number;
}
