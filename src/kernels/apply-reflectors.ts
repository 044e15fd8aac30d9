import { applyReflectors, REFLECTORS_A_PASS } from "../../shaders/apply-reflectors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, splitWork, stepWork } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import type { PivotedQr } from "./pivoted-qr.ts";
import { shapesOf } from "./shapes.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Steps that multiply `rows`, laid out as `factored` is and with the layout of the QR, by its Q from the right: rows of
 * [J 0] become those of J·Q.
 */
export async function createApplyReflectors(gpu: Gpu) {
  const { rowThreads: threads, reflectorRows: teamRows } = shapesOf(gpu.device);
  const pipeline = await gpu.pipelines.get({
    label: "apply-reflectors",
    code: applyReflectors({ rows: teamRows }),
    constants: { threads },
  });
  return (
    arena: Arena,
    factored: GPUBuffer,
    { pivots, diagonal }: PivotedQr,
    rows: GPUBuffer,
    { batch, rows: count, workingRows, cols }: WorkingLayout,
  ): Step[] => {
    const groups = Math.ceil(count / teamRows);
    const groupWork = batch * teamRows * 4 * cols * 2;
    const most = stepWork(gpu.device);
    const parts = splitWork(count, groups * groupWork, most, REFLECTORS_A_PASS)
      .reverse()
      .flatMap((range) =>
        splitWork(groups, groupWork * range.count, most).map((part) => ({
          ...range,
          firstGroup: part.first,
          groups: part.count,
        })),
      );
    const params = packUniforms(
      ...parts.map(
        (part) =>
          [
            ["u32", part.first],
            ["u32", part.first + part.count],
            ["u32", workingRows],
            ["u32", 4 * cols],
            ["u32", part.firstGroup],
            ["u32", count],
            ["u32", 0],
          ] as const,
      ),
    );
    const uniform = arena.uniform("apply-reflectors params", params);
    return parts.map((part, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 32 };
      const bound = [slot, factored, pivots, diagonal, rows];
      return dispatch(gpu, pipeline, bound, checkedGrid(part.groups, batch), part.groups * groupWork * part.count);
    });
  };
}
