import { applyReflectors, REFLECTORS_A_PASS } from "../../shaders/apply-reflectors.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, splitWork, stepWork } from "../gpu/workgroups.ts";
import type { PivotedQr } from "./pivoted-qr.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * Steps that multiply `rows`, laid out as `factored` is and with the layout of the QR, by its Q from the right: rows of
 * [J 0] become those of J·Q.
 */
export async function prepareApplyReflectors(gpu: Gpu) {
  const { rowThreads: threads, reflectorRows: teamRows } = shapesOf(gpu.device);
  const encode = await applyReflectors({ rows: teamRows }).on(gpu, { threads });
  return (
    arena: Arena,
    factored: GPUBuffer,
    qr: PivotedQr,
    rows: GPUBuffer,
    { batch, rows: count, workingRows, cols }: WorkingLayout,
  ): Step[] => {
    const groups = Math.ceil(count / teamRows);
    const groupWork = batch * teamRows * 4 * cols * 2;
    const most = stepWork(gpu.device);
    const given = {
      working_rows: workingRows,
      row_length: 4 * cols,
      count,
      factored,
      ...qr,
      rows,
    };
    const calls = splitWork(count, groups * groupWork, most, REFLECTORS_A_PASS)
      .reverse()
      .flatMap((range) =>
        splitWork(groups, groupWork * range.count, most).map((part) => ({
          given: { ...given, first: range.first, last: range.first + range.count, first_group: part.first },
          workgroups: checkedGrid(part.count, batch),
          work: part.count * groupWork * range.count,
        })),
      );
    return encode(arena, calls);
  };
}
