import { momentumStep } from "../../shaders/momentum-step.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { words } from "../gpu/read-back.ts";
import { createCoefficientTable, type LinearIteration } from "./coefficient-table.ts";
import { NEVER } from "./divergence.ts";
import { preparePreconditioner, type SpectralPreconditioner } from "./preconditioner.ts";
import type { Start } from "./start.ts";
import { type Walk, wholeStep } from "./walk.ts";

/**
 * A linear method with momentum, in a few dispatches for each step: the gradient at p, P times it, and the update
 * d ← momentum·d − rate·P·gradient, w ← w + d, p ← w + extrapolation·d.
 */
export async function createLinearWalk(
  gpu: Gpu,
  arena: Arena,
  { a, runs, products, weights, firstWeights, residuals: { targets }, limits, unwatched }: Start,
  iterations: readonly LinearIteration[],
  preconditioner?: SpectralPreconditioner,
): Promise<Walk> {
  const [gradient, update, precondition] = await Promise.all([
    products.gradient(),
    momentumStep({ preconditioned: preconditioner !== undefined }).on(gpu),
    preconditioner && preparePreconditioner(gpu, preconditioner, runs),
  ]);
  return gpu.guard("descend", (): Walk => {
    const length = runs * a.cols;
    const velocity = arena.storage("velocity", length * 4);
    const point = arena.upload("point", firstWeights);
    const counts = arena.storage("steps done", 8);
    const diverged = arena.upload("diverged", new Uint32Array(runs).fill(NEVER));
    const table = createCoefficientTable(gpu, arena, iterations);
    const watch = { limits: arena.upload("residual limits", limits), counts, diverged };
    const shares = gradient(arena, { input: point, targets, ...watch });
    const preconditioned = precondition?.(arena, shares, unwatched);
    const own = { ...table.given, weights, velocity, point, counts, cols: a.cols, runs };
    const ofGradient = preconditioned?.given ?? { gradients: shares.shares, shares: shares.count, identity: 1 };
    const stepFrom = (count: 0 | 1) =>
      wholeStep([
        ...shares.steps,
        ...(preconditioned?.steps ?? []),
        ...update(arena, { ...own, ...ofGradient, own: count }),
      ]);
    const steps = [stepFrom(0), stepFrom(1)] as const;
    let done = 0;
    return {
      state: [...[weights, velocity, point].map((buffer) => ({ buffer, words: length })), { buffer: counts, words: 2 }],
      loaded: table.steps,
      load(from) {
        done = from;
        table.load(from);
      },
      *advance(many) {
        for (let last = done + many; done < last; done++) yield* steps[(done % 2) as 0 | 1];
      },
      diverged: words(diverged, runs),
    };
  });
}
