import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix, Precision } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { extendedSingularValues, extendedSvd } from "./extended.ts";
import { singleSingularValues, singleSvd } from "./single.ts";
import type { Svd } from "./singular-vectors.ts";
import { isSmall, smallSingularValues, smallSvd } from "./small.ts";
import type { Spectrum } from "./spectrum.ts";

/** How to compute an SVD. */
export interface SvdOptions extends RunOptions {
  /** "extended" computes σ, U and V in two-floats, about 44 bits. Default: the precision of the matrix. */
  readonly precision?: Precision;
  /** Sweeps, of each precision, after which the iteration is given up. Default 30. */
  readonly maxSweeps?: number;
}

/** LAPACK's limit too. The activations take 8 to 12 sweeps at 256 × 256, and ReLU 14 at 1024 × 1024. */
const DEFAULT_MAX_SWEEPS = 30;

/** The singular values. `form` is the two-float arithmetic for extended precision, undefined for single. */
export async function computeSingularValues(
  gpu: Gpu,
  form: TwoFloatForm | undefined,
  matrix: Matrix,
  options: SvdOptions,
): Promise<Spectrum> {
  const own = { maxSweeps: DEFAULT_MAX_SWEEPS, ...options };
  if (form) return extendedSingularValues(gpu, form, matrix, own);
  return isSmall(gpu, matrix) ? smallSingularValues(gpu, matrix, own) : singleSingularValues(gpu, matrix, own);
}

/** The SVD; `form` as for `computeSingularValues`. */
export async function computeSvd(
  gpu: Gpu,
  form: TwoFloatForm | undefined,
  matrix: Matrix,
  options: SvdOptions,
): Promise<Svd> {
  const own = { maxSweeps: DEFAULT_MAX_SWEEPS, ...options };
  if (form) return extendedSvd(gpu, form, matrix, own);
  return isSmall(gpu, matrix) ? smallSvd(gpu, matrix, own) : singleSvd(gpu, matrix, own);
}
