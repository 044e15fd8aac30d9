import { extendedTurn } from "../../shaders/extended-turn.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/workgroups.ts";
import type { Sweep } from "./sweep.ts";
import type { WorkingLayout } from "./working-matrix.ts";

interface ExtendedSweep extends Omit<Sweep, "history"> {
  /**
   * f32, one for each working row: the largest cosine between it and a row above it in the last sweep. Cleared together with
   * `skewPairs`.
   */
  readonly cosines: GPUBuffer;
}

/** A sweep of one-sided Jacobi in two-floats, by single rows. It is for rows that are nearly orthogonal. */
export async function prepareExtendedSweep(gpu: Gpu, form: TwoFloatForm) {
  const turn = await extendedTurn(form).on(gpu, { threads: shapesOf(gpu).rowThreads });

  return (arena: Arena, working: GPUBuffer, layout: WorkingLayout, tolerance: number): ExtendedSweep => {
    const players = 2 * Math.ceil(layout.rows / 2);
    const pairs = (layout.batch * players) / 2;
    const row_length = 4 * layout.rowStride;
    const work = (3 * layout.length + 4 * row_length) * TWO_FLOAT_WORK;
    const parts = splitWork(pairs, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
    const skewPairs = arena.storage("skew pairs", layout.batch * 4);
    const cosines = arena.storage("cosines", layout.batch * layout.workingRows * 4);
    const given = {
      working,
      cosines,
      skew_pairs: skewPairs,
      players,
      working_rows: layout.workingRows,
      row_length,
      cols: layout.length,
      tolerance,
    };
    const calls = Array.from({ length: Math.max(0, players - 1) }, (_, round) =>
      parts.map(({ first, count }) => ({
        given: { ...given, round, first_pair: first },
        workgroups: checkedGrid(count),
        work: count * work,
      })),
    ).flat();
    const rounds = turn(arena, calls);
    const clear: Step[] = [
      { kind: "clear", buffer: skewPairs },
      { kind: "clear", buffer: cosines },
    ];
    return { steps: [...clear, ...rounds], skewPairs, cosines };
  };
}
