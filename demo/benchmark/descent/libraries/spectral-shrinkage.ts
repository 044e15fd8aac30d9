import { type Engine, type LinearOperator, linspace } from "../../../../src/index.ts";
import type { Prepare, PreparedDescent, Problem } from "../libraries.ts";

/** This engine on a matrix as any other. */
export function storedMatrix(engine: Engine): Prepare {
  return async (problem) => {
    const { n, entries } = problem;
    return prepared(engine, await engine.matrix({ data: entries, rows: n, cols: n }), problem);
  };
}

/** This engine told of what activation and positions the matrix is. */
export function activationOperator(engine: Engine): Prepare {
  return async (problem) => {
    const x = linspace(-1, 1, problem.n);
    return prepared(engine, await engine.activationOperator({ activation: "relu", x, b: x }), problem);
  };
}

/** A is on the GPU, y goes there with each call, and w, A·w and the last loss come back. */
function prepared(engine: Engine, a: LinearOperator, { targets, learningRate }: Problem): PreparedDescent {
  return {
    async descend(iterations, signal) {
      const { weights } = await engine.descend(a, targets, { learningRate, iterations, signal });
      return weights;
    },
    free: () => a.destroy(),
  };
}
