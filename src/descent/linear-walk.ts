import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { readWords } from "../gpu/read-back.ts";
import { createCountStep } from "../kernels/count-step.ts";
import { wholeStep } from "../kernels/many-steps.ts";
import { createMomentumStep } from "../kernels/momentum-step.ts";
import { createScaleCoefficients } from "../kernels/scale-coefficients.ts";
import { createSumShares } from "../kernels/sum-shares.ts";
import { type LinearOperator, productsOf } from "../operator/products.ts";
import type { Preconditioner } from "../theory/methods/method.ts";
import { createCoefficients, type LinearIteration } from "./coefficients.ts";
import { NEVER } from "./divergence.ts";
import type { Start, Walk } from "./walk.ts";

/** P = identity·1 + V diag(factors) Vᵀ, V of M × k in the memory of the GPU. */
export interface SpectralPreconditioner extends Preconditioner {
  readonly V: Matrix;
}

/** A linear method with momentum, a few dispatches a step: the gradient at p, its correction by P, the update. */
export async function createLinearWalk(
  gpu: Gpu,
  a: LinearOperator,
  runs: number,
  iterations: readonly LinearIteration[],
  preconditioner: SpectralPreconditioner | undefined,
) {
  const [gradient, update, count, correct] = await Promise.all([
    productsOf(gpu, a, runs).gradient(),
    createMomentumStep(gpu, { preconditioned: preconditioner !== undefined }),
    createCountStep(gpu),
    preconditioner && createCorrection(gpu, preconditioner, runs),
  ]);
  const length = runs * a.cols;
  return (arena: Arena, { weights, targets, limits }: Start): Walk => {
    const buffers = {
      weights: arena.upload("weights", weights),
      velocity: arena.storage("velocity", length * 4),
      point: arena.upload("point", weights),
      step: arena.storage("step", 4),
    };
    const diverged = arena.upload("diverged", new Uint32Array(runs).fill(NEVER));
    const { step, point } = buffers;
    const watch = { limits: arena.upload("residual limits", limits), step, diverged };
    const table = createCoefficients(gpu, arena, iterations);
    const { steps, shares, count: parts } = gradient(arena, { input: point, targets, ...watch });
    const corrected = correct?.(arena, { shares, parts, length });
    const updating = update(arena, { ...buffers, ...(corrected ?? { gradients: shares }) }, table, {
      cols: a.cols,
      length,
      shares: corrected ? 1 : parts,
      identity: preconditioner?.identity ?? 1,
    });
    const own = wholeStep([...steps, ...(corrected?.steps ?? []), updating, count(step)]);
    return {
      weights: buffers.weights,
      state: [
        ...[buffers.weights, buffers.velocity, point].map((buffer) => ({ buffer, words: length })),
        { buffer: step, words: 1 },
      ],
      table: table.steps,
      load: table.load,
      *advance(many) {
        for (let i = 0; i < many; i++) yield* own;
      },
      diverged: () => readWords(gpu, diverged, runs),
    };
  };
}

/** V diag(factors) Vᵀ·gradient. */
async function createCorrection(gpu: Gpu, { V, factors }: SpectralPreconditioner, runs: number) {
  const products = productsOf(gpu, V, runs);
  const [sum, project, scale, expand] = await Promise.all([
    createSumShares(gpu),
    products.transposedProduct(),
    createScaleCoefficients(gpu),
    products.product(),
  ]);
  return (arena: Arena, { shares, parts, length }: { shares: GPUBuffer; parts: number; length: number }) => {
    const gradients = arena.storage("gradients", length * 4);
    const correction = arena.storage("correction", length * 4);
    const coefficients = arena.storage("coefficients", runs * V.cols * 4);
    const scaled = arena.storage("scaled coefficients", runs * V.cols * 4);
    const repeated = new Float32Array(runs * V.cols).map((_, i) => factors[i % V.cols] ?? 0);
    const steps = [
      sum(arena, { shares, sums: gradients }, { length, count: parts }),
      ...project(arena, { input: gradients, output: coefficients }),
      scale({ coefficients, factors: arena.upload("factors", repeated), scaled }, runs * V.cols),
      ...expand(arena, { input: scaled, output: correction }),
    ];
    return { steps, gradients, correction };
  };
}
