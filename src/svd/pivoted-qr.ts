import { applyReflectors, REFLECTORS_PER_PASS } from "../../shaders/apply-reflectors.ts";
import { pivotedQr } from "../../shaders/pivoted-qr.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, splitWork, stepWork } from "../gpu/workgroups.ts";
import type { WorkingLayout } from "./working-matrix.ts";

/** The factors of a QR with row pivoting, P·R = L·Q, that are not in the working rows. */
export interface PivotedQr {
  /**
   * u32, batch × workingRows: the row of R that became row k of L. It holds the entries 0 … k − 1 of L, then reflector
   * k.
   */
  readonly pivots: GPUBuffer;
  /** f32, batch × workingRows: the diagonal of L, descending in magnitude. */
  readonly diagonal: GPUBuffer;
}

/**
 * Steps of a QR with row pivoting by Householder reflectors from the right (Golub & Van Loan, 5.4.2), in place. Each
 * step takes the longest of the remaining rows. `norms` are the norms of the rows (f32, batch × workingRows). The
 * layout has no vectors, and no more rows than columns. Each row of L·Q errs by a few ulps of its own norm. A row whose
 * distance from the span of the longer rows is below 2⁻⁴⁰ counts as within it: it has no reflector, and 0 in the
 * diagonal.
 */
export async function preparePivotedQr(gpu: Gpu) {
  const { rowThreads: threads, reflectorRows: teamRows } = shapesOf(gpu.device);
  const encode = await pivotedQr({ rows: teamRows }).on(gpu, { threads });
  return (
    arena: Arena,
    working: GPUBuffer,
    norms: GPUBuffer,
    { batch, rows, workingRows, cols }: WorkingLayout,
  ): PivotedQr & { readonly steps: readonly Step[] } => {
    const bytes = batch * workingRows * 4;
    const pivots = arena.storage("pivots", bytes);
    const diagonal = arena.storage("diagonal", bytes);
    // Norms and numbers of the rows that remain: each step reads the lists that the step before it wrote.
    const lists = () => ({
      norms: arena.storage("remaining norms", bytes),
      order: arena.storage("remaining rows", bytes),
    });
    const [even, odd] = [lists(), lists()];
    const allRows = Uint32Array.from({ length: batch * workingRows }, (_, row) => row % workingRows);
    const first = { norms, order: arena.upload("all rows", allRows) };
    const work = batch * teamRows * 4 * cols * 2;
    const calls = Array.from({ length: rows }, (_, step) => {
      const groups = Math.max(1, Math.ceil((rows - step - 1) / teamRows));
      const [before, after] = step % 2 === 1 ? [odd, even] : [step === 0 ? first : even, odd];
      const given = {
        step,
        rows,
        working_rows: workingRows,
        row_length: 4 * cols,
        ...before,
        next_norms: after.norms,
        next_order: after.order,
        working,
        pivots,
        diagonal,
      };
      return splitWork(groups, work, stepWork(gpu.device)).map((part) => ({
        given: { ...given, first_group: part.first },
        workgroups: checkedGrid(part.count, batch),
        work: part.count * work,
      }));
    });
    return { steps: encode(arena, calls.flat()), pivots, diagonal };
  };
}

/**
 * Steps that multiply `rows` by the Q of a QR from the right: the rows of [J 0] become those of J·Q. `rows` has the
 * layout of `factored`, the working rows of that QR.
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
    const calls = splitWork(count, groups * groupWork, most, REFLECTORS_PER_PASS)
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
