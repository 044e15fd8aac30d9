import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { ActivationOperator } from "./activation-operator.ts";
import { entryProducts } from "./entry-products.ts";
import type { Products } from "./products.ts";
import { areTiled, tiledProducts } from "./tiled-products.ts";

/** What multiplies vectors: a matrix in memory, or an activation matrix that need not be stored. */
export type LinearOperator = Matrix | ActivationOperator;

/**
 * The products of `a` with the vectors of `runs` runs.
 * @throws DestroyedError after the `destroy()` of `a`.
 */
export function productsOf(gpu: Gpu, a: LinearOperator, runs: number): Products {
  if (!(a instanceof Matrix)) return a.products(runs);
  if (areTiled(gpu, a, runs)) return tiledProducts(gpu, a, runs);
  const { buffer, rows, cols, batch } = a;
  const matrix_step = batch > 1 ? rows * cols : 0;
  return entryProducts(gpu, { source: "stored", given: { matrix_step, a: buffer }, rows, cols, batch, work: 1 }, runs);
}
