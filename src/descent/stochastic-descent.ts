import { stochasticDescent } from "../../shaders/stochastic-descent.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { checkedGrid } from "../gpu/workgroups.ts";
import { type Advance, dispatchesOfSteps } from "./many-steps.ts";

export interface StochasticBuffers {
  readonly targets: GPUBuffer;
  readonly weights: GPUBuffer;
  /** runs: steps done. */
  readonly done: GPUBuffer;
}

/** Steps of stochastic gradient descent of `runs` runs, any number of them. */
export async function prepareStochasticDescent(gpu: Gpu) {
  const descend = await stochasticDescent.on(gpu, { threads: shapesOf(gpu.device).rowThreads });
  return (
    arena: Arena,
    { buffer: a, rows, cols, batch }: Matrix,
    buffers: StochasticBuffers,
    { runs, ...own }: { runs: number; rate: number; seed: number },
  ): ((count: number) => Iterable<Advance>) => {
    const given = { ...buffers, ...own, a, rows, cols, matrix_step: batch > 1 ? rows * cols : 0 };
    return dispatchesOfSteps(gpu, 2 * cols * runs, (dispatches) =>
      descend(
        arena,
        dispatches.map(({ steps, work }) => ({ given: { ...given, steps }, workgroups: checkedGrid(runs), work })),
      ),
    );
  };
}
