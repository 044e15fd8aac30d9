import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { readFloats } from "../gpu/read-back.ts";
import { execute } from "../gpu/schedule.ts";
import { createLargestEntry } from "../kernels/largest-entry.ts";
import { UNWATCHED } from "../kernels/product.ts";
import { type LinearOperator, productsOf } from "../operator/products.ts";
import { NEVER, residualLimits } from "./divergence.ts";
import type { DescentRuns } from "./runs.ts";
import type { Start } from "./walk.ts";

/** Uploads the targets, and finds by the first residual what each run's residuals may grow to. */
export async function measureStart(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  plan: DescentRuns,
  signal: AbortSignal | undefined,
): Promise<Start> {
  const { runs } = plan;
  const [residual, largestEntry] = await Promise.all([productsOf(gpu, a, runs).residual(), createLargestEntry(gpu)]);
  const targets = arena.upload("targets", plan.targets);
  const { residuals, largestEntries } = await gpu.withArena(async (own) => {
    const output = own.storage("residuals", runs * a.rows * 4);
    const largest = own.storage("largest entries", a.batch * 4);
    const steps = await gpu.guard("descend", () => [
      ...residual(own, {
        input: own.upload("weights", plan.weights),
        targets,
        limits: own.upload("no limits", new Uint32Array(runs).fill(UNWATCHED)),
        step: own.storage("no step", 4),
        diverged: own.upload("none diverged", new Uint32Array(runs).fill(NEVER)),
        output,
      }),
      ...(a instanceof Matrix ? largestEntry(own, a, largest) : []),
    ]);
    await execute(gpu, steps, { signal });
    return {
      residuals: await readFloats(gpu, output, runs * a.rows),
      largestEntries: a instanceof Matrix ? await readFloats(gpu, largest, a.batch) : Float32Array.of(a.largestEntry),
    };
  });
  const limits = residualLimits(residuals, largestEntries, plan);
  return { weights: plan.weights, targets, residuals, limits, units: limits.map(powerOfTwoNear) };
}

/** A power of two of about the size of `limit`, so that squares of residuals in it stay within float32. */
export function powerOfTwoNear(limit: number): number {
  return 2 ** Math.max(-120, Math.min(120, Math.ceil(Math.log2(limit || 1))));
}
