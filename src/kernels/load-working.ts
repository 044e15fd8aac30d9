import { loadWorking } from "../../shaders/load-working.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { elementGrid } from "./grid.ts";
import type { View } from "./view.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** Step that fills the working matrices from `source`, each multiplied by 2 to its entry of `exponents` (i32, batch, −100 to 200). */
export async function createLoadWorking(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "load-working", code: loadWorking });
  return (arena: Arena, source: View, exponents: GPUBuffer, working: GPUBuffer, layout: WorkingLayout): Step => {
    const params = packUniforms([
      ["u32", layout.rows],
      ["u32", layout.length],
      ["u32", source.first],
      ["u32", source.rowStep],
      ["u32", source.colStep],
      ["u32", source.matrixStep],
      ["u32", layout.workingRows],
      ["u32", layout.rowStride],
      ["u32", layout.cols],
    ]);
    const grid = elementGrid(layout.workingRows * layout.rowStride, layout.batch);
    return dispatch(
      gpu,
      pipeline,
      [arena.uniform("load-working params", params), source.buffer, exponents, working],
      grid,
    );
  };
}
