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
import { ownerOf } from "./singular-vectors.ts";

/** How many triplets to compute, and after how many restarts to give up. */
export interface TruncatedSvdOptions extends RunOptions {
  /** K: how many of the leading singular triplets to compute. */
  readonly components: number;
  /**
   * Restarts after which a search is given up. Default 30. There are two searches, and one more after each that finds a
   * σ.
   */
  readonly maxRestarts?: number;
}

/** The leading K singular triplets of A. Owns `U` and `V`. */
export interface TruncatedSvd {
  /** K, descending. */
  readonly singularValues: Float64Array;
  /** rows × K, orthonormal columns. */
  readonly U: Matrix;
  /** cols × K, orthonormal columns. */
  readonly V: Matrix;
  /**
   * K: √(‖Av − σu‖² + ‖Aᵀu − σv‖²), measured by products, plus √2·`noiseFloor` for their roundings. A has a singular
   * value within this distance of each σ; for most it is far closer.
   */
  readonly residuals: Float64Array;
  /**
   * One number: how far roundings in float32 may move a product of A with a vector of length 1. Singular values below
   * it are rounding noise.
   */
  readonly noiseFloor: Float64Array;
  /** How many products with A were computed, and about as many with Aᵀ. */
  readonly products: number;
  /**
   * False where `maxRestarts` ended a search before all residuals, without their roundings, were below 2⁻²⁰·σ₁, or
   * before it was known whether a σ is missing. Where it is true, no σ that is missing is more than 2⁻¹⁴·σ₁ above the
   * last, with a probability of about 99 %: a random vector may have less than a hundredth of the usual component along
   * one.
   */
  readonly converged: boolean;
  /** Frees U and V. */
  destroy(): void;
  [Symbol.dispose](): void;
}

const DEFAULT_MAX_RESTARTS = 30;

/**
 * The leading singular triplets, from products with A and Aᵀ alone, for entries of any size.
 * @throws ArgumentError for a batch, or where K is above min(rows, cols); NotFiniteError where A holds NaN or infinity.
 */
export async function computeTruncatedSvd(
  gpu: Gpu,
  a: LinearOperator,
  { components, maxRestarts = DEFAULT_MAX_RESTARTS, signal, onProgress }: TruncatedSvdOptions,
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
    return {
      ...ownerOf(U, V),
      singularValues,
      residuals: measured.map((residual) => residual + Math.SQRT2 * noiseFloor),
      noiseFloor: Float64Array.of(noiseFloor),
      products: products + components,
      converged,
    };
  });
}

/** σ₁ of `a`, to about 1e-6. */
export async function computeLargestSingularValue(gpu: Gpu, a: LinearOperator, run: RunOptions): Promise<number> {
  const svd = await computeTruncatedSvd(gpu, a, { ...run, components: 1 });
  svd.destroy();
  return svd.singularValues[0] as number;
}
