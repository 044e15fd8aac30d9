import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { multiply } from "./multiply.ts";

export interface Coefficients {
  /** c of y ≈ Uc, runs × columns of U. */
  readonly coefficients: Float64Array;
  /** y − Uc, runs × N: what y has outside of U. */
  readonly rest: Float64Array;
}

/**
 * Uᵀy, and what y has outside of U, for y of `runs` runs. Twice over: the second time takes out of the rest what
 * rounding, and columns that are not quite orthonormal, have left of U in it, and adds it to the coefficients. Twice is
 * enough (Kahan).
 */
export async function coefficientsIn(
  gpu: Gpu,
  form: TwoFloatForm,
  U: Matrix,
  y: Float64Array,
  runs: number,
): Promise<Coefficients> {
  const once = async (vectors: Float64Array): Promise<Coefficients> => {
    const [coefficients] = await multiply(gpu, form, [{ Q: U, transposed: true, vectors, runs }]);
    const [inside] = await multiply(gpu, form, [{ Q: U, transposed: false, vectors: coefficients, runs }]);
    return { coefficients, rest: vectors.map((value, i) => value - (inside[i] as number)) };
  };
  const first = await once(y);
  const second = await once(first.rest);
  return {
    coefficients: first.coefficients.map((c, i) => c + (second.coefficients[i] as number)),
    rest: second.rest,
  };
}
