import { stochasticDescent } from "../../shaders/stochastic-descent.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { requireNormal, toFloat32 } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { checkedGrid } from "../gpu/workgroups.ts";
import type { Iteration } from "../theory/methods/method.ts";
import { neverDiverged } from "./divergence.ts";
import type { Start } from "./start.ts";
import { dispatchesOfSteps, type Walk } from "./walk.ts";

/**
 * Stochastic gradient descent on single rows, which each run draws with replacement from a random stream of its own. A
 * single step may enlarge the residual of a stable run: divergence is seen at the end, in the prediction.
 */
export async function createSgdWalk(
  gpu: Gpu,
  arena: Arena,
  { runs, weights, residuals: { targets } }: Start,
  { buffer: a, rows, cols, batch }: Matrix,
  { learningRate: rate, samples, seed }: Extract<Iteration, { kind: "sgd" }>,
): Promise<Walk> {
  if (samples !== rows) throw new ArgumentError(`samples: ${samples} given, ${rows} expected, as A has rows`);
  requireNormal("learningRate", toFloat32("learningRate", [rate]));
  const descend = await stochasticDescent.on(gpu, { threads: shapesOf(gpu).rowThreads });
  return gpu.guard("descend", (): Walk => {
    const done = arena.storage("steps done", runs * 4);
    const matrix_step = batch > 1 ? rows * cols : 0;
    const given = { rows, cols, matrix_step, seed, rate, a, targets, weights, done };
    return {
      state: [
        { buffer: weights, words: runs * cols },
        { buffer: done, words: runs },
      ],
      loaded: Number.POSITIVE_INFINITY,
      load() {},
      advance: dispatchesOfSteps(gpu, 2 * cols * runs, (dispatches) =>
        descend(
          arena,
          dispatches.map(({ steps, work }) => ({ given: { ...given, steps }, workgroups: checkedGrid(runs), work })),
        ),
      ),
      diverged: neverDiverged(weights, runs),
    };
  });
}
