import { extendedVectorProduct, SUM_THREADS } from "../../shaders/extended-vector-product.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { LOW_SCALE, type Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { elementGrid, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/workgroups.ts";
import type { ProductBuffers } from "../operator/products.ts";

/** Terms' worth of work that reading an element's place and joining its threads' sums costs, about. */
const ELEMENT_TERMS = 8;

/**
 * Steps output = A·input, or Aᵀ·input where transposed, of some runs in two-floats, each run with the matrix of its number
 * where A is a batch. An element errs by less than 2⁻⁴⁴ of Σ|A|·|input| for up to 2¹⁷ terms.
 */
export async function prepareExtendedVectorProduct(gpu: Gpu, form: TwoFloatForm) {
  const encode = await extendedVectorProduct(form).on(gpu, { low_unit: 1 / LOW_SCALE });
  return (
    arena: Arena,
    { buffer: high, low, rows, cols, batch }: Matrix,
    { transposed, runs, input, output }: ProductBuffers & { readonly transposed: boolean; readonly runs: number },
  ): Step[] => {
    const [inner, outer] = transposed ? [rows, cols] : [cols, rows];
    const [inner_step, outer_step] = transposed ? [cols, 1] : [1, cols];
    const steps = { inner_step, outer_step, matrix_step: batch > 1 ? rows * cols : 0 };
    const given = { high, low: low as GPUBuffer, input, output, inner, outer, ...steps };
    const work = (inner + ELEMENT_TERMS) * TWO_FLOAT_WORK;
    const parts = splitWork(runs * outer, work, stepWork(gpu.device));
    const calls = parts.map(({ first, count }) => ({
      given: { ...given, begin: first, end: first + count },
      workgroups: elementGrid(SUM_THREADS * count),
      work: count * work,
    }));
    return encode(arena, calls);
  };
}
