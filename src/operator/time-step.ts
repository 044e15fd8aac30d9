import type { Gpu } from "../gpu/gpu.ts";
import { execute } from "../gpu/schedule.ts";
import { unwatched } from "../kernels/product.ts";
import type { Products } from "./products.ts";

const TRIALS = 3;

/** Milliseconds of a gradient of one run, the least of a few trials after a warm-up. */
export async function timeStep(gpu: Gpu, products: Products, rows: number, cols: number): Promise<number> {
  const gradient = await products.gradient();
  return gpu.withArena(async (arena) => {
    const { steps } = await gpu.guard("measurement", () =>
      gradient(arena, {
        input: arena.storage("input", cols * 4),
        targets: arena.storage("targets", rows * 4),
        ...unwatched(arena, 1),
      }),
    );
    let least = Number.POSITIVE_INFINITY;
    for (let trial = 0; trial <= TRIALS; trial++) {
      const start = performance.now();
      await execute(gpu, steps);
      if (trial > 0) least = Math.min(least, performance.now() - start);
    }
    return least;
  });
}
