import { pivotedQr } from "../../shaders/pivoted-qr.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, splitWork, stepWork } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { shapesOf } from "./shapes.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** Where a QR with row pivoting, P·R = L·Q, leaves its factors beside the working rows. */
export interface PivotedQr {
  /** u32, batch × workingRows: the row of R that became row k of L; in it stand L's entries 0 … k − 1, then reflector k. */
  readonly pivots: GPUBuffer;
  /** f32, batch × workingRows: the diagonal of L, in magnitude descending. */
  readonly diagonal: GPUBuffer;
}

/**
 * Steps of a QR with row pivoting by Householder reflectors from the right (Golub & Van Loan, 5.4.2), in place: each takes
 * the longest of the remaining rows. `norms` are those of the rows (f32, batch × workingRows); the layout is one without
 * vectors, its rows no more than its columns. Each row of L·Q errs by some ulps of its own norm. Rows that differ from
 * the span of the longer ones by less than 2⁻⁴⁰ count as within it: no reflector, and 0 in the diagonal.
 */
export async function createPivotedQr(gpu: Gpu) {
  const { rowThreads: threads, reflectorRows: teamRows } = shapesOf(gpu.device);
  const pipeline = await gpu.pipelines.get({
    label: "pivoted-qr",
    code: pivotedQr({ rows: teamRows }),
    constants: { threads },
  });
  return (
    arena: Arena,
    working: GPUBuffer,
    norms: GPUBuffer,
    { batch, rows, workingRows, cols }: WorkingLayout,
  ): PivotedQr & { readonly steps: readonly Step[] } => {
    const bytes = batch * workingRows * 4;
    const pivots = arena.storage("pivots", bytes);
    const diagonal = arena.storage("diagonal", bytes);
    // Norms and places of the rows that remain: each step reads the lists that the one before it wrote.
    const lists = () => [arena.storage("remaining norms", bytes), arena.storage("remaining rows", bytes)] as const;
    const [even, odd] = [lists(), lists()];
    const allRows = Uint32Array.from({ length: batch * workingRows }, (_, row) => row % workingRows);
    const first = [norms, arena.upload("all rows", allRows)] as const;
    const work = batch * teamRows * 4 * cols * 2;
    const parts = Array.from({ length: rows }, (_, step) => {
      const groups = Math.max(1, Math.ceil((rows - step - 1) / teamRows));
      return splitWork(groups, work, stepWork(gpu.device)).map((part) => ({ step, ...part }));
    }).flat();
    const params = arena.uniform(
      "pivoted-qr params",
      packUniforms(
        ...parts.map(
          (part) =>
            [
              ["u32", part.step],
              ["u32", rows],
              ["u32", workingRows],
              ["u32", 4 * cols],
              ["u32", part.first],
              ["u32", 0],
            ] as const,
        ),
      ),
    );
    const steps = parts.map(({ step, count }, i) => {
      const slot = { buffer: params, offset: i * UNIFORM_STRIDE, size: 32 };
      const [before, after] = step % 2 === 1 ? [odd, even] : [step === 0 ? first : even, odd];
      const bound = [slot, ...before, ...after, working, pivots, diagonal];
      return dispatch(gpu, pipeline, bound, checkedGrid(count, batch), count * work);
    });
    return { steps, pivots, diagonal };
  };
}
