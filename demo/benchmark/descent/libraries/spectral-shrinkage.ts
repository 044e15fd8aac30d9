import type { Engine } from "../../../../src/index.ts";
import type { Prepare } from "../libraries.ts";

/** This engine: A is on the GPU, y goes there with each call, and w, A·w and the last loss come back. */
export function spectralShrinkage(engine: Engine): Prepare {
  return async ({ n, entries, targets, learningRate }) => {
    const a = await engine.matrix(entries, n, n);
    return {
      async descend(iterations, signal) {
        const { weights } = await engine.descend(a, targets, { learningRate, iterations, signal });
        return weights;
      },
      free: () => a.destroy(),
    };
  };
}
