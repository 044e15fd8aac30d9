import { extractVectors } from "../../shaders/extract-vectors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid, splitElements } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { WorkingLayout } from "./working-layout.ts";

export interface VectorPart {
  /** f32 of a working row at which the vectors begin, and their length. */
  readonly first: number;
  readonly length: number;
  /** Row of each vector (u32) and its factor (f32): batch × layout.rows. */
  readonly order: GPUBuffer;
  readonly scales: GPUBuffer;
}

/** Steps that write one part of the working rows, in order and scaled, as the columns of `out` (batch × length × rows). */
export async function createExtractVectors(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "extract-vectors", code: extractVectors });
  return (arena: Arena, working: GPUBuffer, part: VectorPart, out: GPUBuffer, layout: WorkingLayout): Step[] => {
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
          ] as const,
      ),
    );
    const uniform = arena.uniform("extract-vectors params", params);
    return parts.map(({ count }, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 32 };
      return dispatch(
        gpu,
        pipeline,
        [slot, working, part.order, part.scales, out],
        elementGrid(count),
        count * ELEMENT_WORK,
      );
    });
  };
}
