import { extendedNorms } from "../../shaders/extended-norms.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, TWO_FLOAT_WORK } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** Step that writes the squared norm of each working row, the rotations' part left out: two-floats, batch × workingRows. */
export async function createExtendedNorms(gpu: Gpu, form: TwoFloatForm) {
  const pipeline = await gpu.pipelines.get({ label: "extended-norms", code: extendedNorms(form) });
  return (arena: Arena, working: GPUBuffer, squares: GPUBuffer, layout: WorkingLayout): Step => {
    const params = packUniforms([
      ["u32", layout.workingRows],
      ["u32", 4 * layout.rowStride],
      ["u32", layout.length],
      ["u32", 0], // opaque_zero
    ]);
    const uniform = arena.uniform("extended-norms params", params);
    const work = layout.batch * layout.workingRows * layout.length * TWO_FLOAT_WORK;
    return dispatch(gpu, pipeline, [uniform, working, squares], checkedGrid(layout.workingRows, layout.batch), work);
  };
}
