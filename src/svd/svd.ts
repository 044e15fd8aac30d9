import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { extendedSingularValues, extendedSvd } from "./extended.ts";
import type { Spectrum, Svd, SvdOptions } from "./result.ts";
import { singleSingularValues, singleSvd } from "./single.ts";
import { isSmall, smallSingularValues, smallSvd } from "./small.ts";

/** `form`: the two-float arithmetic for extended precision, undefined for single. */
export async function computeSingularValues(
  gpu: Gpu,
  form: TwoFloatForm | undefined,
  matrix: Matrix,
  options: SvdOptions,
): Promise<Spectrum> {
  if (form) return extendedSingularValues(gpu, form, matrix, options);
  const compute = isSmall(gpu, matrix) ? smallSingularValues : singleSingularValues;
  return compute(gpu, matrix, options);
}

export async function computeSvd(
  gpu: Gpu,
  form: TwoFloatForm | undefined,
  matrix: Matrix,
  options: SvdOptions,
): Promise<Svd> {
  if (form) return extendedSvd(gpu, form, matrix, options);
  const compute = isSmall(gpu, matrix) ? smallSvd : singleSvd;
  return compute(gpu, matrix, options);
}
