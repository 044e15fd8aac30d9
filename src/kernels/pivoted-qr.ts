import { pivotedQr, STEP_ROWS } from "../../shaders/pivoted-qr.ts";
import { describeDevice } from "../gpu/device.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { checkedGrid } from "./grid.ts";
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
 * vectors.
 */
export async function createPivotedQr(gpu: Gpu) {
  const threads = describeDevice(gpu.device).software ? 4 : 64;
  const pipeline = await gpu.pipelines.get({
    label: "pivoted-qr",
    code: pivotedQr,
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
    // Norms and places of the rows that remain: each step reads one pair of lists and writes the other.
    const ascending = Uint32Array.from({ length: batch * workingRows }, (_, row) => row % workingRows);
    const lists = [
      [norms, arena.upload("remaining rows", ascending)],
      [arena.storage("remaining norms", bytes), arena.storage("remaining rows", bytes)],
    ] as const;
    const structs = Array.from(
      { length: rows },
      (_, step) =>
        [
          ["u32", step],
          ["u32", rows],
          ["u32", workingRows],
          ["u32", cols],
        ] as const,
    );
    const params = arena.uniform("pivoted-qr params", packUniforms(...structs));
    const steps = structs.map((_, step) => {
      const slot = { buffer: params, offset: step * UNIFORM_STRIDE, size: 16 };
      const [now, next] = step % 2 === 0 ? lists : [lists[1], lists[0]];
      const grid = checkedGrid(Math.max(1, Math.ceil((rows - step - 1) / STEP_ROWS)), batch);
      return dispatch(gpu, pipeline, [slot, ...now, ...next, working, pivots, diagonal], grid);
    });
    return { steps, pivots, diagonal };
  };
}
