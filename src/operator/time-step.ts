import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Step } from "../gpu/schedule.ts";
import { unwatched } from "./entry-products.ts";
import type { Products } from "./products.ts";

const TRIALS = 3;

/** A trial takes as many steps, 64 at most, as last this long, in ms and in latencies of an answer, which it then outweighs. */
const TRIAL_MS = 5;
const TRIAL_LATENCIES = 2;
const MOST_STEPS = 64;

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
    const { latency } = await gpu.answering();
    const time = async (count: number): Promise<number> => {
      const start = performance.now();
      await execute(gpu, repeated(steps, count));
      await gpu.answered(gpu.device.queue.onSubmittedWorkDone());
      return Math.max(0, performance.now() - start - latency);
    };
    await time(1); // some drivers compile at the first run
    const enough = Math.max(TRIAL_MS, TRIAL_LATENCIES * latency);
    let count = 1;
    while (count < MOST_STEPS && (await time(count)) < enough) count *= 2;
    let least = Number.POSITIVE_INFINITY;
    for (let trial = 0; trial < TRIALS; trial++) least = Math.min(least, await time(count));
    return least / count;
  });
}

function* repeated(steps: readonly Step[], count: number): Generator<Step> {
  for (let i = 0; i < count; i++) yield* steps;
}
