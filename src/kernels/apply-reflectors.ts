import { applyReflectors, REFLECTED_ROWS } from "../../shaders/apply-reflectors.ts";
import { describeDevice } from "../gpu/device.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { checkedGrid } from "./grid.ts";
import type { PivotedQr } from "./pivoted-qr.ts";
import { splitWork, workOfStep } from "./work.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Steps that multiply `rows`, laid out as `factored` is and with the layout of the QR, by its Q from the right: rows of
 * [J 0] become those of J·Q.
 */
export async function createApplyReflectors(gpu: Gpu) {
  const threads = describeDevice(gpu.device).software ? 4 : 64;
  const pipeline = await gpu.pipelines.get({
    label: "apply-reflectors",
    code: applyReflectors,
    constants: { threads },
  });
  return (
    arena: Arena,
    factored: GPUBuffer,
    { pivots, diagonal }: PivotedQr,
    rows: GPUBuffer,
    { batch, rows: count, workingRows, cols }: WorkingLayout,
  ): Step[] => {
    const work = batch * count * 4 * cols * 2;
    const parts = splitWork(count, work, workOfStep(gpu.device)).reverse();
    const params = packUniforms(
      ...parts.map(
        (part) =>
          [
            ["u32", part.first],
            ["u32", part.first + part.count],
            ["u32", workingRows],
            ["u32", cols],
          ] as const,
      ),
    );
    const uniform = arena.uniform("apply-reflectors params", params);
    return parts.map((_, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 16 };
      const grid = checkedGrid(Math.ceil(count / REFLECTED_ROWS), batch);
      return dispatch(gpu, pipeline, [slot, factored, pivots, diagonal, rows], grid);
    });
  };
}
