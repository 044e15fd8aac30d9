import { countStep, momentumStep } from "../../shaders/momentum-step.ts";
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
  const [gradient, update, count, precondition] = await Promise.all([
    products.gradient(),
    momentumStep({ preconditioned: preconditioner !== undefined }).on(gpu),
    countStep.on(gpu),
    preconditioner && preparePreconditioner(gpu, preconditioner, runs),
  ]);
  return gpu.guard("descend", (): Walk => {
    const length = runs * a.cols;
    const velocity = arena.storage("velocity", length * 4);
    const point = arena.upload("point", firstWeights);
    const step = arena.storage("step", 4);
    const diverged = arena.upload("diverged", new Uint32Array(runs).fill(NEVER));
    const table = createCoefficientTable(gpu, arena, iterations);
    const watch = { limits: arena.upload("residual limits", limits), current_step: step, diverged };
    const shares = gradient(arena, { input: point, targets, ...watch });
    const preconditioned = precondition?.(arena, shares, unwatched);
    const own = { ...table.given, weights, velocity, point, step, cols: a.cols, runs };
    const ofGradient = preconditioned?.given ?? { gradients: shares.shares, shares: shares.count, identity: 1 };
    const whole = wholeStep([
      ...shares.steps,
      ...(preconditioned?.steps ?? []),
      ...update(arena, { ...own, ...ofGradient }),
      count(arena, { step }),
    ]);
    return {
      state: [...[weights, velocity, point].map((buffer) => ({ buffer, words: length })), { buffer: step, words: 1 }],
      loaded: table.steps,
      load: table.load,
      *advance(many) {
        for (let i = 0; i < many; i++) yield* whole;
      },
      diverged: words(diverged, runs),
    };
  });
}
