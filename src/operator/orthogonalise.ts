import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { unwatched } from "./entry-products.ts";
import { productsOf } from "./products.ts";

/**
 * Commands vector ← (1 − QQᵀ)·vector for the orthonormal columns of Q, one Q for all runs' vectors or one a run. Twice
 * over, which is enough (Kahan); `coefficients`, runs × columns, is left with Qᵀ·vector of the first time.
 */
export async function prepareOrthogonalise(gpu: Gpu, Q: Matrix, runs: number) {
  const products = productsOf(gpu, Q, runs);
  const [project, residual] = await Promise.all([products.transposedProduct(), products.residual()]);
  const { rows, cols } = Q;
  return (arena: Arena, vector: GPUBuffer): { steps: readonly Step[]; coefficients: GPUBuffer } => {
    const coefficients = arena.storage("coefficients", runs * cols * 4);
    const rest = arena.storage("coefficients of the rest", runs * cols * 4);
    const other = arena.storage("orthogonal part", runs * rows * 4);
    const watch = unwatched(arena, runs);
    // output = Q·projected − input: the negative of what is wanted, which the second time makes up for.
    const pass = (input: GPUBuffer, output: GPUBuffer, projected: GPUBuffer) => [
      ...project(arena, { input, output: projected }),
      ...residual(arena, { input: projected, targets: input, output, ...watch }),
    ];
    return { steps: [...pass(vector, other, coefficients), ...pass(other, vector, rest)], coefficients };
  };
}
