import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import { largestEntries, scaleOf } from "../operator/largest-entry.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { unwatched } from "../operator/products.ts";
import { residualLimits } from "./divergence.ts";
import type { DescentRuns } from "./runs.ts";
import type { DescentState } from "./state.ts";
import type { Start } from "./walk.ts";

/**
 * Uploads the targets, and finds by the first residual what residuals may grow to; a run that is resumed knows that, and
 * has a residual of its own.
 */
export async function measureStart(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  plan: DescentRuns,
  resume: DescentState | undefined,
  signal: AbortSignal | undefined,
): Promise<Start> {
  const largest = await largestEntries(gpu, a, signal);
  const targets = await gpu.guard("descend", () => arena.upload("targets", plan.targets));
  const residuals = resume ? new Float32Array(plan.runs * a.rows) : await firstResiduals(gpu, a, plan, targets, signal);
  const limits = resume ? Float32Array.from(resume.limits) : residualLimits(residuals, largest, plan);
  return {
    weights: plan.weights,
    targets,
    residuals,
    limits,
    units: limits.map(residualUnit),
    scale: scaleOf(a, largest),
  };
}

/** runs × rows: A·w − y at the weights that the runs start from. */
async function firstResiduals(
  gpu: Gpu,
  a: LinearOperator,
  { runs, weights }: DescentRuns,
  targets: GPUBuffer,
  signal: AbortSignal | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  const residual = await productsOf(gpu, a, runs).residual();
  return gpu.withArena(async (arena) => {
    const { output, steps } = await gpu.guard("descend", () => {
      const output = arena.storage("residuals", runs * a.rows * 4);
      const input = arena.upload("weights", weights);
      return { output, steps: residual(arena, { input, targets, output, ...unwatched(arena, runs) }) };
    });
    await execute(gpu, steps, { signal });
    const [residuals] = await readBack(gpu, [floats(output, runs * a.rows)]);
    return residuals;
  });
}

/** A power of two of about the size of `limit`, so that squares of residuals in it stay within float32. */
export function residualUnit(limit: number): number {
  return 2 ** Math.max(-120, Math.min(120, Math.ceil(Math.log2(limit || 1))));
}
