import { extractExtended } from "../../shaders/extract-extended.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid, splitElements } from "../gpu/grid.ts";
import { LOW_SCALE } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { WorkingLayout } from "./working-layout.ts";

interface VectorPart {
  /** f32 of a working row at which the vectors begin, and their length. */
  readonly first: number;
  readonly length: number;
  /** Row of each vector (u32) and its factor: batch × layout.rows. */
  readonly order: GPUBuffer;
  readonly scales: GPUBuffer;
}

/**
 * Steps that write one part of the working rows (two-floats), in order and scaled (two-floats too), as the columns of an
 * extended matrix, `high` and `low` (f32, batch × length × rows each).
 */
export async function createExtractExtended(gpu: Gpu, form: TwoFloatForm) {
  const pipeline = await gpu.pipelines.get({
    label: "extract-extended",
    code: extractExtended(form),
    constants: { low_scale: LOW_SCALE },
  });
  return (
    arena: Arena,
    working: GPUBuffer,
    part: VectorPart,
    { high, low }: { high: GPUBuffer; low: GPUBuffer },
    layout: WorkingLayout,
  ): Step[] => {
    const parts = splitElements(gpu.device, layout.batch * part.length * layout.rows);
    const params = packUniforms(
      ...parts.map(
        ({ first, count }) =>
          [
            ["u32", part.length],
            ["u32", layout.rows],
            ["u32", part.first],
            ["u32", layout.workingRows],
            ["u32", 4 * layout.rowStride],
            ["u32", first],
            ["u32", first + count],
            ["u32", 0], // opaque_zero
          ] as const,
      ),
    );
    const uniform = arena.uniform("extract-extended params", params);
    return parts.map(({ count }, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 32 };
      const bound = [slot, working, part.order, part.scales, high, low];
      return dispatch(gpu, pipeline, bound, elementGrid(count), count * ELEMENT_WORK);
    });
  };
}
