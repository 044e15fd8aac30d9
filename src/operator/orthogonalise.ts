import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import type { Products, WatchBuffers } from "./products.ts";

/**
 * Steps of vector ← (1 − QQᵀ)·vector for the orthonormal columns of Q: one Q for the vectors of all runs, or one for each
 * run. The projection is taken twice, which is enough (Kahan). Qᵀ·vector of the first time is left in `coefficients`,
 * runs × columns.
 */
export async function prepareOrthogonalise(
  ofQ: Products,
  { rows, cols }: { readonly rows: number; readonly cols: number },
  runs: number,
) {
  const [project, residual] = await Promise.all([ofQ.transposedProduct(), ofQ.residual()]);
  return (arena: Arena, vector: GPUBuffer, unwatched: WatchBuffers) => {
    const coefficients = arena.storage("coefficients", runs * cols * 4);
    const rest = arena.storage("coefficients of the rest", runs * cols * 4);
    const other = arena.storage("orthogonal part", runs * rows * 4);
    // output = Q·projected − input, which is the negative of the projection: taken twice, the signs cancel.
    const pass = (input: GPUBuffer, output: GPUBuffer, projected: GPUBuffer): Step[] => [
      ...project(arena, { input, output: projected }),
      ...residual(arena, { input: projected, targets: input, output, ...unwatched }),
    ];
    return { steps: [...pass(vector, other, coefficients), ...pass(other, vector, rest)], coefficients };
  };
}
