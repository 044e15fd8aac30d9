import { loadExtended } from "../../shaders/load-extended.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid, splitElements } from "../gpu/grid.ts";
import { LOW_SCALE, type Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Steps that fill the working matrices, in two-floats, from `source`, each multiplied by 2 to its entry of `exponents`
 * (i32, batch, −100 to 200). A source of single precision has zeros as its low part.
 */
export async function createLoadExtended(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({
    label: "load-extended",
    code: loadExtended,
    constants: { low_unit: 1 / LOW_SCALE },
  });
  return (arena: Arena, source: Matrix, exponents: GPUBuffer, working: GPUBuffer, layout: WorkingLayout): Step[] => {
    const parts = splitElements(gpu.device, layout.batch * layout.workingRows * 4 * layout.rowStride);
    const params = packUniforms(
      ...parts.map(
        ({ first, count }) =>
          [
            ["u32", layout.rows],
            ["u32", layout.length],
            ["u32", layout.transposed ? 1 : source.cols],
            ["u32", layout.transposed ? source.cols : 1],
            ["u32", layout.workingRows],
            ["u32", 4 * layout.rowStride],
            ["u32", 4 * layout.cols],
            ["u32", first],
            ["u32", first + count],
          ] as const,
      ),
    );
    const low = source.low ?? arena.storage("zeros", source.buffer.size);
    const uniform = arena.uniform("load-extended params", params);
    return parts.map(({ count }, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 48 };
      const bound = [slot, source.buffer, low, exponents, working];
      return dispatch(gpu, pipeline, bound, elementGrid(count), count * ELEMENT_WORK);
    });
  };
}
