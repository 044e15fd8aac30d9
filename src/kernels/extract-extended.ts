import { extractExtended } from "../../shaders/extract-extended.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import type { VectorPart } from "./extract-vectors.ts";
import { elementGrid } from "./grid.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Step that writes one part of the working rows (two-floats), in order and scaled (two-floats too), as the columns of
 * `high` + `low` (f32, batch × length × rows each).
 */
export async function createExtractExtended(gpu: Gpu, form: TwoFloatForm) {
  const pipeline = await gpu.pipelines.get({ label: "extract-extended", code: extractExtended(form) });
  return (
    arena: Arena,
    working: GPUBuffer,
    part: VectorPart,
    { high, low }: { high: GPUBuffer; low: GPUBuffer },
    layout: WorkingLayout,
  ): Step => {
    const params = packUniforms([
      ["u32", part.length],
      ["u32", layout.rows],
      ["u32", part.first],
      ["u32", layout.workingRows],
      ["u32", 4 * layout.rowStride],
      ["u32", 0], // opaque_zero
    ]);
    const uniform = arena.uniform("extract-extended params", params);
    const buffers = [uniform, working, part.order, part.scales, high, low];
    return dispatch(gpu, pipeline, buffers, elementGrid(part.length * layout.rows, layout.batch));
  };
}
