import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { finiteNumbers } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { aboveNoise, type NoisySpectrum } from "./above-noise.ts";
import { coefficientsIn } from "./coefficients.ts";

/** A least-squares problem in the basis of an SVD, as the rules for stopping and the filter of CGLS take it. */
export interface Projection {
  /** Those of the SVD, with those below its noise floor as 0, as `shrink` takes them. */
  readonly singularValues: Float64Array;
  /** Uᵀy, as many as singular values. */
  readonly coefficients: Float64Array;
  /** ‖y − UUᵀy‖². */
  readonly outside: number;
  /** N. */
  readonly samples: number;
}

/**
 * Uᵀy and what y has outside of U, in the precision of U: up to 2⁻⁴⁴ of Σ|U|·|y| where it is extended.
 * @throws ArgumentError for the SVD of a batch, or where y has not N numbers; NotFiniteError where y is not finite.
 */
export async function project(
  gpu: Gpu,
  form: TwoFloatForm,
  svd: NoisySpectrum & { readonly U: Matrix },
  y: ArrayLike<number>,
): Promise<Projection> {
  const { U, singularValues } = svd;
  const { rows, cols, batch } = U;
  if (batch !== 1) throw new ArgumentError(`svd: that of a batch of ${batch} matrices given, that of one expected`);
  if (singularValues.length !== cols) {
    throw new ArgumentError(
      `svd: ${singularValues.length} singular values given with ${cols} columns of U, as many expected`,
    );
  }
  if (y.length !== rows) throw new ArgumentError(`y: ${y.length} numbers given, ${rows} expected`);
  const values = aboveNoise(svd, 1);
  const targets = finiteNumbers("y", y);
  const { coefficients, rest } = await coefficientsIn(gpu, form, U, targets, 1);
  return {
    singularValues: values,
    coefficients,
    outside: rest.reduce((sum, value) => sum + value * value, 0),
    samples: rows,
  };
}
