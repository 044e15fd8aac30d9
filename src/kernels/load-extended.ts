import { loadExtended } from "../../shaders/load-extended.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { elementGrid } from "./grid.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Step that fills the working matrices, in two-floats, from `source`, each multiplied by 2 to its entry of `exponents`
 * (i32, batch, −100 to 200). A source of single precision has zeros as its low part.
 */
export async function createLoadExtended(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "load-extended", code: loadExtended });
  return (arena: Arena, source: Matrix, exponents: GPUBuffer, working: GPUBuffer, layout: WorkingLayout): Step => {
    const params = packUniforms([
      ["u32", layout.rows],
      ["u32", layout.length],
      ["u32", layout.transposed ? 1 : source.cols],
      ["u32", layout.transposed ? source.cols : 1],
      ["u32", layout.workingRows],
      ["u32", 4 * layout.rowStride],
      ["u32", 4 * layout.cols],
    ]);
    const low = source.low ?? arena.storage("zeros", source.buffer.size);
    const grid = elementGrid(layout.workingRows * 4 * layout.rowStride, layout.batch);
    const uniform = arena.uniform("load-extended params", params);
    return dispatch(gpu, pipeline, [uniform, source.buffer, low, exponents, working], grid);
  };
}
