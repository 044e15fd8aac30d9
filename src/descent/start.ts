import { executeAndRead } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats } from "../gpu/read-back.ts";
import { largestEntries, scaleOf } from "../operator/largest-entry.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { type Products, unwatched, type WatchBuffers } from "../operator/products.ts";
import type { DescentOptions } from "./descent-options.ts";
import { residualLimits, residualUnit } from "./divergence.ts";
import { createResiduals, type Residuals } from "./recorder.ts";
import type { DescentRuns } from "./runs.ts";

/** A descent before its first step, as the walks and the recorders take it. */
export interface Start {
  readonly a: LinearOperator;
  readonly runs: number;
  /** Products of A with the vectors of all runs. */
  readonly products: Products;
  /** runs × cols: w, which the walk changes. */
  readonly weights: GPUBuffer;
  /** runs × cols: w before the first step. */
  readonly firstWeights: Float32Array<ArrayBuffer>;
  /** A·w − y. */
  readonly residuals: Residuals;
  /** runs × rows: A·w − y before the first step. Zeros where a run is resumed: its state has what its method needs. */
  readonly firstResiduals: Float32Array<ArrayBuffer>;
  /** runs: the |residual| above which a run counts as diverged. */
  readonly limits: Float32Array<ArrayBuffer>;
  /** runs: a power of two near the limit. */
  readonly units: Float32Array<ArrayBuffer>;
  /** A power of two near σ₁. */
  readonly scale: number;
  /** For products whose results may be of any size. */
  readonly unwatched: WatchBuffers;
}

/**
 * Uploads targets and weights, and computes the limits of the residuals from the first one. A resumed run brings its own.
 * @throws NotFiniteError where A holds NaN or infinity, or the first residual is beyond float32.
 */
export async function measureStart(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  { runs, targets, weights: firstWeights, methods }: DescentRuns,
  { resume, signal }: Pick<DescentOptions, "resume" | "signal">,
): Promise<Start> {
  const largest = await largestEntries(gpu, a, signal);
  const products = productsOf(gpu, a, runs);
  const residual = await products.residual();
  const buffers = await gpu.guard("descend", () => {
    const weights = arena.upload("weights", firstWeights);
    const watch = unwatched(arena, runs);
    const residuals = createResiduals(arena, residual, { rows: a.rows, runs, targets, weights, watch });
    return { weights, residuals, unwatched: watch };
  });
  const count = runs * a.rows;
  const firstResiduals = resume ? new Float32Array(count) : await measure(gpu, buffers.residuals, count, signal);
  const limits = resume
    ? Float32Array.from(resume.limits)
    : residualLimits({ runs, residuals: firstResiduals, targets, weights: firstWeights, methods, largest });
  return {
    a,
    runs,
    products,
    ...buffers,
    firstWeights,
    firstResiduals,
    limits,
    units: limits.map(residualUnit),
    scale: scaleOf(a, largest),
  };
}

async function measure(
  gpu: Gpu,
  { buffer, steps }: Residuals,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  const [residuals] = await executeAndRead(gpu, steps, [floats(buffer, count)], { signal });
  return residuals;
}
