import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { readFloats } from "../gpu/read-back.ts";
import { execute } from "../gpu/schedule.ts";
import { unwatched } from "../kernels/product.ts";
import { largestEntries, scaleOf } from "../operator/largest-entries.ts";
import { type LinearOperator, productsOf } from "../operator/products.ts";
import { residualLimits } from "./divergence.ts";
import type { DescentRuns } from "./runs.ts";
import type { DescentState } from "./state.ts";
import type { Start } from "./walk.ts";

/** Uploads the targets, and finds by the first residual, of the run that is resumed if one is, what residuals may grow to. */
export async function measureStart(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  plan: DescentRuns,
  resume: DescentState | undefined,
  signal: AbortSignal | undefined,
): Promise<Start> {
  const { runs } = plan;
  const largest = await largestEntries(gpu, a, signal);
  const residual = await productsOf(gpu, a, runs).residual();
  const targets = await gpu.guard("descend", () => arena.upload("targets", plan.targets));
  const residuals = await gpu.withArena(async (own) => {
    const { output, steps } = await gpu.guard("descend", () => {
      const output = own.storage("residuals", runs * a.rows * 4);
      const steps = residual(own, {
        input: own.upload("weights", plan.weights),
        targets,
        output,
        ...unwatched(own, runs),
      });
      return { output, steps };
    });
    await execute(gpu, steps, { signal });
    return readFloats(gpu, output, runs * a.rows);
  });
  const limits = resume ? Float32Array.from(resume.limits) : residualLimits(residuals, largest, plan);
  return {
    weights: plan.weights,
    targets,
    residuals,
    limits,
    units: limits.map(powerOfTwoNear),
    scale: scaleOf(a, largest),
  };
}

/** A power of two of about the size of `limit`, so that squares of residuals in it stay within float32. */
export function powerOfTwoNear(limit: number): number {
  return 2 ** Math.max(-120, Math.min(120, Math.ceil(Math.log2(limit || 1))));
}
