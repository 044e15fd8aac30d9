import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { UNWATCHED } from "../kernels/product.ts";
import { productsOf } from "../operator/products.ts";

/** Commands vector ← (1 − QQᵀ)·vector, twice over, for the orthonormal columns of Q: twice is enough (Kahan). */
export async function createOrthogonalise(
  gpu: Gpu,
  arena: Arena,
  basis: Matrix,
  vector: GPUBuffer,
): Promise<readonly Step[]> {
  const products = productsOf(gpu, basis, 1);
  const [project, residual] = await Promise.all([products.transposedProduct(), products.residual()]);
  return gpu.guard("orthogonalise", () => {
    const coefficients = arena.storage("coefficients", basis.cols * 4);
    const other = arena.storage("orthogonal part", basis.rows * 4);
    const unwatched = {
      limits: arena.upload("no limit", Uint32Array.of(UNWATCHED)),
      step: arena.storage("no step", 4),
      diverged: arena.storage("not diverged", 4),
    };
    // output = Q·coefficients − input: the negative of what is wanted, which the second time makes up for.
    const pass = (input: GPUBuffer, output: GPUBuffer) => [
      ...project(arena, { input, output: coefficients }),
      ...residual(arena, { input: coefficients, targets: input, output, ...unwatched }),
    ];
    return [...pass(vector, other), ...pass(other, vector)];
  });
}
