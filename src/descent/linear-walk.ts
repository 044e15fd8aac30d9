import { countStep, momentumStep, scaleCoefficients } from "../../shaders/momentum-step.ts";
import { sumShares } from "../../shaders/product.ts";
import { requireNormal, toFloat32 } from "../checks/float32.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { words } from "../gpu/read-back.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { prepareOrthogonalise } from "../operator/orthogonalise.ts";
import type { Shares } from "../operator/products.ts";
import type { Preconditioner } from "../theory/methods/method.ts";
import { createCoefficients, type LinearIteration } from "./coefficients.ts";
import { NEVER } from "./divergence.ts";
import { wholeStep } from "./many-steps.ts";
import { repeat } from "./runs.ts";
import type { Start, Walk } from "./walk.ts";

/** P = identity·1 + V diag(factors) Vᵀ, V of M × k in the memory of the GPU. */
export interface SpectralPreconditioner extends Preconditioner {
  readonly V: Matrix;
}

/** A linear method with momentum, a few dispatches a step: the gradient at p, P times it, the update. */
export async function createLinearWalk(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  runs: number,
  { weights, targets, limits }: Start,
  iterations: readonly LinearIteration[],
  preconditioner?: SpectralPreconditioner,
): Promise<Walk> {
  const [gradient, update, count, precondition] = await Promise.all([
    productsOf(gpu, a, runs).gradient(),
    momentumStep({ preconditioned: preconditioner !== undefined }).on(gpu),
    countStep.on(gpu),
    preconditioner && preparePrecondition(gpu, preconditioner, runs),
  ]);
  return gpu.guard("descend", (): Walk => {
    const length = runs * a.cols;
    const buffers = {
      weights: arena.upload("weights", weights),
      velocity: arena.storage("velocity", length * 4),
      point: arena.upload("point", weights),
      step: arena.storage("step", 4),
    };
    const diverged = arena.upload("diverged", new Uint32Array(runs).fill(NEVER));
    const watch = { limits: arena.upload("residual limits", limits), current_step: buffers.step, diverged };
    const table = createCoefficients(gpu, arena, iterations);
    const shares = gradient(arena, { input: buffers.point, targets, ...watch });
    const { buffer: coefficients, methods, steps: rows } = table;
    const given = { ...buffers, coefficients, cols: a.cols, runs, methods, table: rows };
    const commands = [...shares.steps];
    if (precondition) {
      const { steps, ...parts } = precondition(arena, shares, length);
      commands.push(
        ...steps,
        ...update(arena, { ...given, ...parts, shares: 1, identity: preconditioner?.identity ?? 1 }),
      );
    } else {
      commands.push(...update(arena, { ...given, gradients: shares.shares, shares: shares.count, identity: 1 }));
    }
    const step = wholeStep([...commands, count(arena, { step: buffers.step })]);
    return {
      weights: buffers.weights,
      state: [
        ...[buffers.weights, buffers.velocity, buffers.point].map((buffer) => ({ buffer, words: length })),
        { buffer: buffers.step, words: 1 },
      ],
      table: table.steps,
      load: table.load,
      *advance(many) {
        for (let i = 0; i < many; i++) yield* step;
      },
      diverged: words(diverged, runs),
    };
  });
}

/**
 * P·gradient as identity·(1 − VVᵀ)·gradient + V diag(identity + factors) Vᵀ·gradient: the first part is made orthogonal to
 * V twice, so that no rounding of a large component is left in it where P makes that component small.
 */
async function preparePrecondition(gpu: Gpu, { V, identity, factors }: SpectralPreconditioner, runs: number) {
  const [sum, orthogonalise, scale, expand] = await Promise.all([
    sumShares.on(gpu),
    prepareOrthogonalise(gpu, V, runs),
    scaleCoefficients.on(gpu),
    productsOf(gpu, V, runs).product(),
  ]);
  const ofOne = toFloat32(
    "factors of the preconditioner",
    Float64Array.from({ length: V.cols }, (_, i) => identity + (factors[i] ?? 0)),
  );
  requireNormal("factors of the preconditioner", ofOne);
  const onBasis = repeat(ofOne, runs * V.cols);
  return (arena: Arena, { shares, count }: Pick<Shares, "shares" | "count">, length: number) => {
    const gradients = arena.storage("gradients", length * 4);
    const correction = arena.storage("correction", length * 4);
    const scaled = arena.storage("scaled coefficients", runs * V.cols * 4);
    const { steps, coefficients } = orthogonalise(arena, gradients);
    const commands = [
      ...sum(arena, { length, count, shares, sums: gradients }),
      ...steps,
      ...scale(arena, { count: runs * V.cols, coefficients, factors: arena.upload("factors", onBasis), scaled }),
      ...expand(arena, { input: scaled, output: correction }),
    ];
    return { steps: commands, gradients, correction };
  };
}
