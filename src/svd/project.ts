import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { finiteNumbers } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { multiply, type Part } from "./multiply.ts";

/** The part of an SVD that `project` needs: in full, or of the leading components. */
export interface ProjectionBasis {
  /** batch × rows × n, orthonormal columns. */
  readonly U: Matrix;
  /** batch × n. */
  readonly singularValues: Float64Array;
  /** batch; left out where it is not known. */
  readonly noiseFloor?: Float64Array;
}

/** Options of `project` and `shrink`. */
export interface SpectralOptions extends RunOptions {
  /** σ below it count as 0. Default: the SVD's noise floor, or 0 where it has none. 0 lets every σ take part. */
  readonly cutoff?: number;
}

/** One run's least-squares problem in the basis of an SVD, as the rules for stopping and the filter of CGLS take it. */
export interface Projection {
  /** n: those of the SVD, with 0 in place of those below the cutoff. */
  readonly singularValues: Float64Array;
  /** n: Uᵀy. */
  readonly coefficients: Float64Array;
  /** ‖y − UUᵀy‖²: what no mask fits. */
  readonly outside: number;
  /** N: the length of y. */
  readonly samples: number;
}

/**
 * Uᵀy and the part of y outside of U, for each run, in the precision of U: to 2⁻⁴⁴ of Σ|U|·|y| where it is extended.
 * @throws ArgumentError where the parts do not fit, NotFiniteError where y is not finite.
 */
export async function project(
  gpu: Gpu,
  form: TwoFloatForm,
  svd: ProjectionBasis,
  y: ArrayLike<number>,
  { cutoff, signal, onProgress }: SpectralOptions,
): Promise<[Projection, ...Projection[]]> {
  const { U, singularValues } = svd;
  const { rows, cols, batch } = U;
  if (singularValues.length !== batch * cols) {
    throw new ArgumentError(
      `svd: ${singularValues.length} singular values given with U of ${batch}×${rows}×${cols}, ${batch}×${cols} expected`,
    );
  }
  const { targets, runs } = requireTargets(U, y);
  const values = aboveNoise(svd, cutoff);
  const onFraction = (fraction: number) => onProgress?.({ stage: "projection", fraction });
  const { coefficients, rest } = await coefficientsIn(gpu, form, U, targets, runs, { signal, onFraction });
  const ofRun = (run: number): Projection => ({
    singularValues: values.slice((run % batch) * cols, ((run % batch) + 1) * cols),
    coefficients: coefficients.slice(run * cols, (run + 1) * cols),
    outside: rest.subarray(run * rows, (run + 1) * rows).reduce((sum, value) => sum + value * value, 0),
    samples: rows,
  });
  return [ofRun(0), ...Array.from({ length: runs - 1 }, (_, i) => ofRun(i + 1))];
}

/**
 * y in float64, and its number of runs: one for each N numbers. Where U is a batch, each matrix has one run.
 * @throws ArgumentError where y has another length, NotFiniteError where it is not finite.
 */
export function requireTargets({ rows, batch }: Matrix, y: ArrayLike<number>): { targets: Float64Array; runs: number } {
  const runs = y.length / rows;
  if (!Number.isInteger(runs) || runs === 0 || (batch > 1 && runs !== batch)) {
    throw new ArgumentError(`y: ${y.length} numbers given, ${batch > 1 ? batch : "runs"} × ${rows} expected`);
  }
  return { targets: finiteNumbers("y", y), runs };
}

/**
 * The singular values, with 0 in place of those below `cutoff`, or below the noise floor of their matrix where no
 * cutoff is given. The vectors of these are rounding noise, which m(σ)/σ would magnify.
 * @throws ArgumentError unless there is one noise floor for each matrix.
 */
export function aboveNoise({ U, singularValues, noiseFloor }: ProjectionBasis, cutoff?: number): Float64Array {
  const { batch, cols } = U;
  if (noiseFloor && noiseFloor.length !== batch) {
    throw new ArgumentError(
      `noiseFloor: ${noiseFloor.length} numbers given, one for each of ${batch} matrices expected`,
    );
  }
  return singularValues.map((s, i) => (s < (cutoff ?? noiseFloor?.[Math.floor(i / cols)] ?? 0) ? 0 : s));
}

interface Coefficients {
  /** c of y ≈ Uc, runs × columns of U. */
  readonly coefficients: Float64Array;
  /** y − Uc, runs × N: the part of y outside of U. */
  readonly rest: Float64Array;
}

/**
 * Uᵀy and the part of y outside of U, for `runs` runs. The rest of a first projection still has a small part within U,
 * from roundings and from columns that are not quite orthonormal. A second projection moves it to the coefficients. Two
 * are enough (Kahan).
 */
export async function coefficientsIn(
  gpu: Gpu,
  form: TwoFloatForm,
  U: Matrix,
  y: Float64Array,
  runs: number,
  { signal, onFraction }: Part,
): Promise<Coefficients> {
  const part = (products: number): Part => ({
    signal,
    onFraction: (fraction) => onFraction?.((products + fraction) / 4),
  });
  const once = async (vectors: Float64Array, before: number): Promise<Coefficients> => {
    const [coefficients] = await multiply(gpu, form, [{ Q: U, transposed: true, vectors, runs }], part(before));
    const inU = { Q: U, transposed: false, vectors: coefficients, runs };
    const [inside] = await multiply(gpu, form, [inU], part(before + 1));
    return { coefficients, rest: vectors.map((value, i) => value - (inside[i] as number)) };
  };
  const first = await once(y, 0);
  const second = await once(first.rest, 2);
  return {
    coefficients: first.coefficients.map((c, i) => c + (second.coefficients[i] as number)),
    rest: second.rest,
  };
}
