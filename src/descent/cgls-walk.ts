import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { createConjugateUpdate } from "../kernels/conjugate-update.ts";
import { wholeStep } from "../kernels/many-steps.ts";
import { createNormSquare } from "../kernels/norm-square.ts";
import { type LinearOperator, productsOf } from "../operator/products.ts";
import { NEVER } from "./divergence.ts";
import type { Start, Walk } from "./walk.ts";

/**
 * Conjugate gradients on AᵀA w = Aᵀy in the form of Hestenes & Stiefel (1952), CGLS: the residual r = y − A·w is carried
 * along, and s = Aᵀr made from it.
 */
export async function createCglsWalk(gpu: Gpu, a: LinearOperator, runs: number) {
  const products = productsOf(gpu, a, runs);
  const [multiply, multiplyBack, square, advance, retreat, direct] = await Promise.all([
    products.product(),
    products.transposedProduct(),
    createNormSquare(gpu),
    createConjugateUpdate(gpu, "advance"),
    createConjugateUpdate(gpu, "retreat"),
    createConjugateUpdate(gpu, "direction"),
  ]);
  const onRight = { length: a.cols, runs };
  const onLeft = { length: a.rows, runs };
  return (arena: Arena, { weights, residuals, units: unit }: Start): Walk => {
    const right = (name: string) => arena.storage(name, runs * a.cols * 4);
    const w = arena.upload("weights", weights);
    const r = arena.upload(
      "residuals",
      residuals.map((value, i) => -value / (unit[Math.floor(i / a.rows)] as number)),
    );
    const units = arena.upload("units", unit);
    const [s, p, q] = [right("gradients"), right("directions"), arena.storage("A·directions", runs * a.rows * 4)];
    const [gamma, delta] = [arena.storage("‖s‖²", runs * 8), arena.storage("‖A·p‖²", runs * 8)];
    // p starts at 0, so that the first direction is s, whatever ‖s‖² was before.
    const own = wholeStep([
      ...multiplyBack(arena, { input: r, output: s }),
      square(arena, { vectors: s, squares: gamma }, onRight),
      direct(arena, { gamma, delta, units, others: s, vectors: p }, onRight),
      ...multiply(arena, { input: p, output: q }),
      square(arena, { vectors: q, squares: delta }, onLeft),
      advance(arena, { gamma, delta, units, others: p, vectors: w }, onRight),
      retreat(arena, { gamma, delta, units, others: q, vectors: r }, onLeft),
    ]);
    return {
      weights: w,
      state: [
        { buffer: w, words: runs * a.cols },
        { buffer: r, words: runs * a.rows },
        { buffer: p, words: runs * a.cols },
        { buffer: gamma, words: runs * 2 },
      ],
      table: Number.POSITIVE_INFINITY,
      load() {},
      *advance(many) {
        for (let i = 0; i < many; i++) yield* own;
      },
      diverged: async () => new Uint32Array(runs).fill(NEVER), // no step enlarges the residual
    };
  };
}
