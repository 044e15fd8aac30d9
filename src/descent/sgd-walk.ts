import { requireNormal, toFloat32 } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { mapSpan, words } from "../gpu/read-back.ts";
import type { Iteration } from "../theory/methods/method.ts";
import { NEVER } from "./divergence.ts";
import { prepareStochasticDescent } from "./stochastic-descent.ts";
import type { Start, Walk } from "./walk.ts";

/** Stochastic gradient descent on single rows, drawn with replacement by each run from a stream of its own. */
export async function createSgdWalk(
  gpu: Gpu,
  arena: Arena,
  a: Matrix,
  runs: number,
  { weights, targets }: Start,
  { learningRate, samples, seed }: Extract<Iteration, { kind: "sgd" }>,
): Promise<Walk> {
  if (samples !== a.rows) throw new ArgumentError(`samples: ${samples} given, ${a.rows} expected, as A has rows`);
  requireNormal("learningRate", toFloat32("learningRate", [learningRate]));
  const descent = await prepareStochasticDescent(gpu);
  return gpu.guard("descend", (): Walk => {
    const w = arena.upload("weights", weights);
    const done = arena.storage("steps done", runs * 4);
    return {
      weights: w,
      state: [
        { buffer: w, words: runs * a.cols },
        { buffer: done, words: runs },
      ],
      table: Number.POSITIVE_INFINITY,
      load() {},
      advance: descent(arena, a, { targets, weights: w, done }, { runs, rate: learningRate, seed }),
      diverged: mapSpan(words(w, 0), () => new Uint32Array(runs).fill(NEVER)), // single steps may lead away; the record shows what comes
    };
  });
}
