import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { mapSpan, words } from "../gpu/read-back.ts";
import { createCoefficients, type LinearIteration } from "./coefficients.ts";
import { NEVER } from "./divergence.ts";
import { PROGRESS_WORDS, prepareSmallDescent } from "./small-descent.ts";
import type { Start, Walk } from "./walk.ts";

/** A linear method with momentum on a small matrix, many steps a dispatch. */
export async function createSmallWalk(
  gpu: Gpu,
  arena: Arena,
  a: Matrix,
  runs: number,
  { weights, targets, limits }: Start,
  iterations: readonly LinearIteration[],
): Promise<Walk> {
  const descent = await prepareSmallDescent(gpu, a);
  return gpu.guard("descend", (): Walk => {
    const length = runs * a.cols;
    const bits = new Uint32Array(limits.buffer, limits.byteOffset, runs);
    const beginnings = Uint32Array.from({ length: runs * PROGRESS_WORDS }, (_, i) =>
      i % PROGRESS_WORDS === 0 ? 0 : i % PROGRESS_WORDS === 1 ? (bits[(i - 1) / PROGRESS_WORDS] as number) : NEVER,
    );
    const buffers = {
      weights: arena.upload("weights", weights),
      velocity: arena.storage("velocity", length * 4),
      point: arena.upload("point", weights),
      progress: arena.upload("progress", beginnings),
    };
    const table = createCoefficients(gpu, arena, iterations);
    return {
      weights: buffers.weights,
      state: [
        ...[buffers.weights, buffers.velocity, buffers.point].map((buffer) => ({ buffer, words: length })),
        { buffer: buffers.progress, words: runs * PROGRESS_WORDS },
      ],
      table: table.steps,
      load: table.load,
      advance: descent(arena, { ...buffers, targets }, table, runs),
      diverged: mapSpan(words(buffers.progress, runs * PROGRESS_WORDS), (progress) =>
        progress.filter((_, i) => i % PROGRESS_WORDS === 2),
      ),
    };
  });
}
