import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { readFloats, readWords } from "../gpu/read-back.ts";
import { execute, type RunOptions, type Step } from "../gpu/schedule.ts";
import { createGradientStep } from "../kernels/gradient-step.ts";
import { createLargestEntry } from "../kernels/largest-entry.ts";
import { createLoss } from "../kernels/loss.ts";
import { createResidual, createWatchingResidual } from "../kernels/residual.ts";
import { NEVER, residualLimits, throwIfDiverged } from "./divergence.ts";
import { planRuns } from "./runs.ts";

export interface DescentOptions extends RunOptions {
  /** α: one for all runs, or one a run. Stable below 2/σ₁²; 1/σ₁² is the iteration-efficient rate. */
  readonly learningRate: number | ArrayLike<number>;
  /** q, the number of steps. */
  readonly iterations: number;
  /** w to start from: M for all runs, or runs × M; zeros unless given. */
  readonly initialWeights?: ArrayLike<number>;
  /** Steps, ascending in 0 … q, after which the loss is recorded; `[q]` unless given. */
  readonly recordAt?: readonly number[];
}

/** The end of gradient descent from all runs' starts. */
export interface Descent {
  /** runs × M. */
  readonly weights: Float32Array;
  /** runs × N: A·w. */
  readonly prediction: Float32Array;
  /** Steps of the loss curve, and the mean squared residual there: recordedAt.length × runs. */
  readonly recordedAt: readonly number[];
  readonly losses: Float64Array;
}

/**
 * Gradient descent w ← w − α Aᵀ(Aw − y) on ½‖Aw − y‖², `iterations` steps of every run at once.
 * A run diverges when an entry of its residual exceeds `residualLimits`, which no run with a stable rate does.
 * @throws DivergedError with the step at which the first run diverged.
 */
export async function descend(gpu: Gpu, a: Matrix, y: ArrayLike<number>, options: DescentOptions): Promise<Descent> {
  const plan = planRuns(a, y, options);
  const { runs, iterations, recordAt } = plan;
  const { signal, onProgress } = options;
  const [firstResidual, residual, gradientStep, loss, largestEntry] = await Promise.all([
    createResidual(gpu),
    createWatchingResidual(gpu),
    createGradientStep(gpu),
    createLoss(gpu),
    createLargestEntry(gpu),
  ]);

  return gpu.withArena(async (arena) => {
    const { buffers, largest, start } = await gpu.guard("descend", () => {
      const buffers = {
        weights: arena.upload("weights", plan.weights),
        targets: arena.upload("targets", plan.targets),
        residuals: arena.storage("residuals", runs * a.rows * 4),
        rates: arena.upload("learning rates", plan.rates),
        losses: arena.storage("losses", recordAt.length * runs * 4),
        step: arena.storage("step", 4),
        diverged: arena.upload("diverged", new Uint32Array(runs).fill(NEVER)),
      };
      const largest = arena.storage("largest entries", a.batch * 4);
      return { buffers, largest, start: [firstResidual(arena, a, buffers, runs), ...largestEntry(arena, a, largest)] };
    });
    await execute(gpu, start, { signal });
    const limits = residualLimits(
      await readFloats(gpu, buffers.residuals, runs * a.rows),
      await readFloats(gpu, largest, a.batch),
      plan,
    );

    // Squares of residuals are summed in units of their limit, so that they stay within float32 whatever y is.
    const units = limits.map((limit) => 2 ** Math.max(-120, Math.min(120, Math.ceil(Math.log2(limit || 1)))));
    const steps = await gpu.guard("descend", () => {
      const watched = { ...buffers, limits: arena.upload("residual limits", limits) };
      const scales = arena.upload(
        "1/units",
        units.map((unit) => 1 / unit),
      );
      return {
        residual: residual(arena, a, watched, runs),
        gradient: gradientStep(arena, a, buffers, runs),
        record: loss(arena, { ...buffers, scales }, { rows: a.rows, runs, records: recordAt.length }),
      };
    });
    const total = 2 * iterations + 1 + recordAt.length;
    await execute(gpu, schedule(steps, iterations, recordAt), {
      signal,
      onSteps: async (done) => {
        throwIfDiverged(await readWords(gpu, buffers.diverged, runs));
        onProgress?.({ stage: "gradient descent", fraction: done / total });
      },
    });

    const [weights, residuals, losses] = await Promise.all([
      readFloats(gpu, buffers.weights, runs * a.cols),
      readFloats(gpu, buffers.residuals, runs * a.rows),
      readFloats(gpu, buffers.losses, recordAt.length * runs),
    ]);
    return {
      weights,
      prediction: residuals.map((value, i) => value + (plan.targets[i] ?? 0)),
      recordedAt: recordAt,
      losses: Float64Array.from(losses, (value, i) => value * (units[i % runs] ?? 1) ** 2),
    };
  });
}

/** Residual and gradient in turn, the loss of step t between them, and the last residual for the prediction. */
export function* schedule(
  { residual, gradient, record }: { residual: Step; gradient: Step; record: readonly Step[] },
  iterations: number,
  recordAt: readonly number[],
): Generator<Step> {
  let next = 0;
  for (let step = 0; step <= iterations; step++) {
    yield residual;
    const recording = record[next];
    if (recordAt[next] === step && recording) {
      yield recording;
      next++;
    }
    if (step < iterations) yield gradient;
  }
}
