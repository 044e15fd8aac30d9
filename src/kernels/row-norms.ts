import { rowNorms } from "../../shaders/row-norms.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { shapesOf } from "./shapes.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** Step that writes the norm of each working row, the rotations' part left out, to `norms` (f32, batch × workingRows). */
export async function createRowNorms(gpu: Gpu) {
  const threads = shapesOf(gpu.device).rowThreads;
  const pipeline = await gpu.pipelines.get({ label: "row-norms", code: rowNorms, constants: { threads } });
  return (arena: Arena, working: GPUBuffer, norms: GPUBuffer, layout: WorkingLayout): Step => {
    const params = packUniforms([
      ["u32", layout.workingRows],
      ["u32", layout.rowStride],
      ["u32", layout.cols],
      ["u32", 0],
    ]);
    const grid = checkedGrid(layout.workingRows, layout.batch);
    const work = layout.batch * layout.workingRows * 4 * layout.cols;
    return dispatch(gpu, pipeline, [arena.uniform("row-norms params", params), working, norms], grid, work);
  };
}
