import { loadWorking } from "../../shaders/load-working.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid, splitElements } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { View } from "./view.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** Steps that fill the working matrices from `source`, each multiplied by 2 to its entry of `exponents` (i32, batch, −100 to 200). */
export async function createLoadWorking(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "load-working", code: loadWorking });
  return (arena: Arena, source: View, exponents: GPUBuffer, working: GPUBuffer, layout: WorkingLayout): Step[] => {
    const parts = splitElements(gpu.device, layout.batch * layout.workingRows * layout.rowStride);
    const params = packUniforms(
      ...parts.map(
        ({ first, count }) =>
          [
            ["u32", layout.rows],
            ["u32", layout.length],
            ["u32", source.first],
            ["u32", source.rowStep],
            ["u32", source.colStep],
            ["u32", source.matrixStep],
            ["u32", layout.workingRows],
            ["u32", layout.rowStride],
            ["u32", layout.cols],
            ["u32", first],
            ["u32", first + count],
          ] as const,
      ),
    );
    const uniform = arena.uniform("load-working params", params);
    return parts.map(({ count }, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 48 };
      return dispatch(
        gpu,
        pipeline,
        [slot, source.buffer, exponents, working],
        elementGrid(count),
        count * ELEMENT_WORK,
      );
    });
  };
}
