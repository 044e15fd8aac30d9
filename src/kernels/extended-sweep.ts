import { extendedTurn } from "../../shaders/extended-turn.ts";
import type { TwoFloatForm } from "../../shaders/shared/two-float.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork, TWO_FLOAT_WORK } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { shapesOf } from "./shapes.ts";
import type { Sweep } from "./sweep.ts";
import type { WorkingLayout } from "./working-layout.ts";

export interface ExtendedSweep extends Sweep {
  /** f32 a working row: the largest cosine that the last sweep found between it and a row above it. Cleared with `skewPairs`. */
  readonly cosines: GPUBuffer;
}

/** A sweep of one-sided Jacobi in two-floats, by single rows: for rows that are nearly orthogonal already. */
export async function createExtendedSweep(gpu: Gpu, form: TwoFloatForm) {
  const pipeline = await gpu.pipelines.get({
    label: "extended-turn",
    code: extendedTurn(form),
    constants: { threads: shapesOf(gpu.device).rowThreads },
  });

  return (arena: Arena, working: GPUBuffer, layout: WorkingLayout, tolerance: number): ExtendedSweep => {
    const players = 2 * Math.ceil(layout.rows / 2);
    const pairs = (layout.batch * players) / 2;
    const rowLength = 4 * layout.rowStride;
    const work = (3 * layout.length + 4 * rowLength) * TWO_FLOAT_WORK;
    const parts = splitWork(pairs, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
    const slots = Array.from({ length: Math.max(0, players - 1) }, (_, round) =>
      parts.map((part) => ({ round, ...part })),
    ).flat();
    const skewPairs = arena.storage("skew pairs", layout.batch * 4);
    const cosines = arena.storage("cosines", layout.batch * layout.workingRows * 4);
    const params = arena.uniform(
      "extended-turn params",
      packUniforms(
        ...slots.map(
          ({ round, first }) =>
            [
              ["u32", round],
              ["u32", players],
              ["u32", layout.workingRows],
              ["u32", rowLength],
              ["u32", layout.length],
              ["u32", first],
              ["u32", 0], // opaque_zero
              ["f32", tolerance],
            ] as const,
        ),
      ),
    );
    const rounds = slots.map(({ count }, i) => {
      const slot = { buffer: params, offset: i * UNIFORM_STRIDE, size: 32 };
      return dispatch(gpu, pipeline, [slot, working, cosines, skewPairs], checkedGrid(count), count * work);
    });
    const clear: Step[] = [
      { kind: "clear", buffer: skewPairs },
      { kind: "clear", buffer: cosines },
    ];
    return { steps: [...clear, ...rounds], skewPairs, cosines };
  };
}
