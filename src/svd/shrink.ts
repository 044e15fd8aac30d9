import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { requireAllFinite } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Mask } from "../theory/masks.ts";
import { multiply, type Part } from "./multiply.ts";
import { aboveNoise, coefficientsIn, type ProjectionBasis, requireTargets, type SpectralOptions } from "./project.ts";

/** The result of a shrinkage operator, in float64 for both precisions of U and V. */
export interface Shrinkage {
  /** ŷ, runs × N. */
  readonly prediction: Float64Array;
  /** w, runs × M. */
  readonly weights: Float64Array;
}

/** The part of an SVD that `shrink` needs: in full, or of the leading components. */
export interface ShrinkBasis extends ProjectionBasis {
  /** batch × cols × n, orthonormal columns. */
  readonly V: Matrix;
}

/**
 * ŷ = U (m(σ) ∘ Uᵀy) and w = V (m(σ)/σ ∘ Uᵀy), for y of N numbers or runs × N, and one mask m or one for each run. A
 * factor is 0 where σ is 0 or below the cutoff. Products with U and V are in their precision: an element of U·c errs by up to
 * 2⁻⁴⁴·Σ|U|·|c| where U is extended. The factors are applied in float64 on the host.
 * @throws ArgumentError where the parts do not fit, NotFiniteError where y, m(σ) or the result is not finite.
 */
export async function shrink(
  gpu: Gpu,
  form: TwoFloatForm,
  svd: ShrinkBasis,
  y: ArrayLike<number>,
  mask: Mask | readonly Mask[],
  { cutoff, signal, onProgress }: SpectralOptions,
): Promise<Shrinkage> {
  const { U, singularValues, V } = svd;
  const { rows, cols: count, batch } = U;
  if (V.cols !== count || V.batch !== batch || singularValues.length !== batch * count) {
    throw new ArgumentError(
      `svd: U of ${batch}×${rows}×${count}, V of ${V.batch}×${V.rows}×${V.cols} and ${singularValues.length} singular ` +
        "values given, those of one SVD expected",
    );
  }
  const { targets, runs } = requireTargets(U, y);
  const values = aboveNoise(svd, cutoff);
  const factors = factorsOf(values, batch, mask, runs);
  const part = (stage: string): Part => ({ signal, onFraction: (fraction) => onProgress?.({ stage, fraction }) });
  const coefficients = await coefficientsOf(gpu, form, U, targets, runs, part("projection"));
  const filtered = coefficients.map((c, i) => c * (factors[i % factors.length] as number));
  const divided = filtered.map((c, i) => (c === 0 ? 0 : c / (values[i % values.length] as number)));
  const products = [
    { Q: U, transposed: false, vectors: filtered, runs },
    { Q: V, transposed: false, vectors: divided, runs },
  ] as const;
  const [prediction, weights] = await multiply(gpu, form, products, part("reconstruction"));
  return {
    prediction: requireAllFinite("prediction", prediction, "computed"),
    weights: requireAllFinite("weights", weights, "computed"),
  };
}

/**
 * m(σ): n factors where all runs share one mask and one spectrum, else runs × n.
 * @throws ArgumentError unless an array of masks has one for each run, NotFiniteError where m(σ) is not finite.
 */
function factorsOf(values: Float64Array, batch: number, given: Mask | readonly Mask[], runs: number): Float64Array {
  const masks = typeof given === "function" ? [given] : given;
  if (typeof given !== "function" && masks.length !== runs) {
    throw new ArgumentError(
      `mask: an array of ${masks.length} given, a function or one for each of ${runs} runs expected`,
    );
  }
  const count = values.length / batch;
  const rows = Math.max(masks.length, batch);
  const factors = new Float64Array(rows * count);
  for (let run = 0; run < rows; run++) {
    const mask = masks[run % masks.length] as Mask;
    const first = (run % batch) * count;
    const own = values.subarray(first, first + count).map((s) => (s > 0 ? mask(s) : 0));
    factors.set(requireAllFinite(rows > 1 ? `mask[${run}]` : "mask", own), run * count);
  }
  return factors;
}

/** Uᵀy; in single precision from one projection, since products with U and V would not keep the digits of a second. */
async function coefficientsOf(gpu: Gpu, form: TwoFloatForm, U: Matrix, y: Float64Array, runs: number, part: Part) {
  if (U.precision === "extended") return (await coefficientsIn(gpu, form, U, y, runs, part)).coefficients;
  const [coefficients] = await multiply(gpu, form, [{ Q: U, transposed: true, vectors: y, runs }], part);
  return coefficients;
}
