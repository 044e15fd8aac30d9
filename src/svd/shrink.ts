import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { finiteNumbers, requireAllFinite } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Mask } from "../theory/masks.ts";
import { aboveNoise, type NoisySpectrum } from "./above-noise.ts";
import { coefficientsIn } from "./coefficients.ts";
import { multiply } from "./multiply.ts";

export interface ShrinkOptions {
  /** σ below it count as 0. Default: the SVD's noise floor, or 0 where it has none. 0 lets every σ take part. */
  readonly cutoff?: number;
}

/** What a shrinkage operator makes of y: float64 in both precisions, so that it holds whatever is finite. */
export interface Shrinkage {
  /** ŷ, runs × N. */
  readonly prediction: Float64Array;
  /** w, runs × M. */
  readonly weights: Float64Array;
}

/** What `shrink` needs of an SVD, in full or of the leading components. */
export interface ShrinkBasis extends NoisySpectrum {
  readonly U: Matrix;
  readonly V: Matrix;
}

/**
 * ŷ = U (m(σ) ∘ Uᵀy) and w = V (m(σ)/σ ∘ Uᵀy), for y of N numbers or runs × N. A factor is 0 where σ is 0 or below the
 * cutoff. Products with U and V are in their precision: an element of U·c errs by up to 2⁻⁴⁴·Σ|U|·|c| where U is extended.
 * The factors are applied in float64.
 * @throws ArgumentError where the parts do not fit, NotFiniteError where y, m(σ) or the result is not finite.
 */
export async function shrink(
  gpu: Gpu,
  form: TwoFloatForm,
  svd: ShrinkBasis,
  y: ArrayLike<number>,
  mask: Mask,
  { cutoff }: ShrinkOptions = {},
): Promise<Shrinkage> {
  const { U, singularValues, V } = svd;
  const { rows, cols: count, batch } = U;
  if (V.cols !== count || V.batch !== batch || singularValues.length !== batch * count) {
    throw new ArgumentError(
      `svd: U of ${batch}×${rows}×${count}, V of ${V.batch}×${V.rows}×${V.cols} and ${singularValues.length} singular ` +
        "values given, those of one SVD expected",
    );
  }
  const runs = y.length / rows;
  if (!Number.isInteger(runs) || runs === 0 || (batch > 1 && runs !== batch)) {
    throw new ArgumentError(
      `y: ${y.length} numbers given, ${rows} for each of ${batch > 1 ? batch : "its"} runs expected`,
    );
  }
  const targets = finiteNumbers("y", y);
  const values = aboveNoise(svd, batch, cutoff);
  const factors = requireAllFinite(
    "mask",
    values.map((s) => (s > 0 ? mask(s) : 0)),
  );
  const coefficients = await coefficientsOf(gpu, form, U, targets, runs);
  // One spectrum serves all runs, or there is one a run.
  const filtered = coefficients.map((c, i) => c * (factors[i % factors.length] as number));
  const divided = filtered.map((c, i) => (c === 0 ? 0 : c / (values[i % values.length] as number)));
  const [prediction, weights] = await multiply(gpu, form, [
    { Q: U, transposed: false, vectors: filtered, runs },
    { Q: V, transposed: false, vectors: divided, runs },
  ]);
  return {
    prediction: requireAllFinite("prediction", prediction, "computed"),
    weights: requireAllFinite("weights", weights, "computed"),
  };
}

/** Uᵀy; in single precision without the second look, whose digits the products with U and V would not keep. */
async function coefficientsOf(gpu: Gpu, form: TwoFloatForm, U: Matrix, y: Float64Array, runs: number) {
  if (U.precision === "extended") return (await coefficientsIn(gpu, form, U, y, runs)).coefficients;
  const [coefficients] = await multiply(gpu, form, [{ Q: U, transposed: true, vectors: y, runs }]);
  return coefficients;
}
