import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { packUniforms } from "../gpu/uniform.ts";

/** rows, cols and matrix_step of a batched product: a batch of matrices has one a run, a single one serves all runs. */
export function productParams(arena: Arena, { rows, cols, batch }: Matrix): GPUBuffer {
  const params = packUniforms([
    ["u32", rows],
    ["u32", cols],
    ["u32", batch > 1 ? rows * cols : 0],
  ]);
  return arena.uniform("product params", params);
}
