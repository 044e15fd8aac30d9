import { loadTriangle } from "../../shaders/load-triangle.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import type { PivotedQr } from "./pivoted-qr.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Step that writes [Lᵀ | I], or Lᵀ alone, of a pivoted QR into `working`, a zeroed buffer of `triangle`, the layout of
 * n × n matrices; `factored` and `layout` are what the QR worked on. Column i belongs to row i of A.
 */
export async function createLoadTriangle(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "load-triangle", code: loadTriangle });
  return (
    arena: Arena,
    factored: GPUBuffer,
    layout: WorkingLayout,
    { pivots, diagonal }: PivotedQr,
    working: GPUBuffer,
    triangle: WorkingLayout,
  ): Step => {
    const params = packUniforms([
      ["u32", layout.rows],
      ["u32", layout.batch],
      ["u32", layout.workingRows],
      ["u32", triangle.workingRows],
      ["u32", 4 * layout.rowStride],
      ["u32", 4 * triangle.rowStride],
      ["u32", 4 * triangle.cols],
    ]);
    const uniform = arena.uniform("load-triangle params", params);
    const entries = layout.batch * layout.rows ** 2;
    const bound = [uniform, factored, pivots, diagonal, working];
    return dispatch(gpu, pipeline, bound, elementGrid(entries), entries * ELEMENT_WORK);
  };
}
