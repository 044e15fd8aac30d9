import { stochasticDescent } from "../../shaders/stochastic-descent.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid } from "../gpu/grid.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { type Advance, dispatchesOfSteps } from "./many-steps.ts";
import { shapesOf } from "./shapes.ts";

export interface StochasticBuffers {
  readonly targets: GPUBuffer;
  readonly weights: GPUBuffer;
  /** runs: steps done. */
  readonly done: GPUBuffer;
}

/** Steps of stochastic gradient descent of `runs` runs, any number of them. */
export async function createStochasticDescent(gpu: Gpu) {
  const constants = { threads: shapesOf(gpu.device).rowThreads };
  const pipeline = await gpu.pipelines.get({ label: "stochastic-descent", code: stochasticDescent, constants });
  return (
    arena: Arena,
    a: Matrix,
    { targets, weights, done }: StochasticBuffers,
    { runs, rate, seed }: { runs: number; rate: number; seed: number },
  ): ((count: number) => Iterable<Advance>) =>
    dispatchesOfSteps(gpu, arena, {
      pipeline,
      params: (steps) => [
        ["u32", a.rows],
        ["u32", a.cols],
        ["u32", a.batch > 1 ? a.rows * a.cols : 0],
        ["u32", steps],
        ["u32", seed],
        ["f32", rate],
      ],
      buffers: [a.buffer, targets, weights, done],
      grid: checkedGrid(runs),
      each: 2 * a.cols * runs,
    });
}
