import { extendedVectorProduct, SUM_THREADS } from "../../shaders/extended-vector-product.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { elementGrid, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/grid.ts";
import { LOW_SCALE, type Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { ProductBuffers } from "./product.ts";

/** Terms' worth of work that reading an element's place and joining its threads' sums costs, about. */
const ELEMENT_TERMS = 8;

/**
 * Steps output = A·input, or Aᵀ·input where transposed, of some runs in two-floats, each run with the matrix of its number
 * where A is a batch. An element errs by less than 2⁻⁴⁴ of Σ|A|·|input| for up to 2¹⁷ terms.
 */
export async function createExtendedVectorProduct(gpu: Gpu, form: TwoFloatForm) {
  const pipeline = await gpu.pipelines.get({
    label: "extended-vector-product",
    code: extendedVectorProduct(form),
    constants: { low_unit: 1 / LOW_SCALE },
  });
  return (
    arena: Arena,
    { buffer, low, rows, cols, batch }: Matrix,
    { transposed, runs, input, output }: ProductBuffers & { readonly transposed: boolean; readonly runs: number },
  ): Step[] => {
    const [inner, outer] = transposed ? [rows, cols] : [cols, rows];
    const work = (inner + ELEMENT_TERMS) * TWO_FLOAT_WORK;
    const parts = splitWork(runs * outer, work, stepWork(gpu.device));
    const params = packUniforms(
      ...parts.map(
        ({ first, count }) =>
          [
            ["u32", inner],
            ["u32", outer],
            ["u32", transposed ? cols : 1],
            ["u32", transposed ? 1 : cols],
            ["u32", batch > 1 ? rows * cols : 0],
            ["u32", first],
            ["u32", first + count],
            ["u32", 0], // opaque_zero
          ] as const,
      ),
    );
    const uniform = arena.uniform("extended-vector-product params", params);
    return parts.map(({ count }, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 32 };
      const bound = [slot, buffer, low as GPUBuffer, input, output];
      return dispatch(gpu, pipeline, bound, elementGrid(SUM_THREADS * count), count * work);
    });
  };
}
