import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import { largestEntries, scaleOf } from "../operator/largest-entry.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { type Products, unwatched, type WatchBuffers } from "../operator/products.ts";
import { residualLimits, residualUnit } from "./divergence.ts";
import { createResiduals, type Residuals } from "./residuals.ts";
import type { DescentRuns } from "./runs.ts";
import type { DescentState } from "./state.ts";

/** A descent before its first step: what every walk is made from, and what the losses are recorded from. */
export interface Start {
  readonly a: LinearOperator;
  readonly runs: number;
  /** Products of A with the vectors of all runs. */
  readonly products: Products;
  /** runs × cols: w, in a buffer that the walk goes on to change, and as it is before the first step. */
  readonly weights: GPUBuffer;
  readonly firstWeights: Float32Array<ArrayBuffer>;
  /** A·w − y, and as it is before the first step; zeros where a run is resumed, whose state has what its method needs. */
  readonly residuals: Residuals;
  readonly firstResiduals: Float32Array<ArrayBuffer>;
  /** runs: the largest |residual| that is no sign of divergence, and a power of two near it. */
  readonly limits: Float32Array<ArrayBuffer>;
  readonly units: Float32Array<ArrayBuffer>;
  /** A power of two near σ₁. */
  readonly scale: number;
  readonly unwatched: WatchBuffers;
}

/**
 * Uploads targets and weights, and finds the limits of the residuals from the first one. A resumed run has its limits.
 * @throws NotFiniteError where A holds NaN or infinity, or the first residual is beyond float32.
 */
export async function measureStart(
  gpu: Gpu,
  arena: Arena,
  a: LinearOperator,
  { runs, targets, weights: firstWeights, methods }: DescentRuns,
  { resume, signal }: { readonly resume?: DescentState | undefined; readonly signal?: AbortSignal | undefined },
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
  const firstResiduals = resume
    ? new Float32Array(runs * a.rows)
    : await read(gpu, buffers.residuals, runs * a.rows, signal);
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

async function read(
  gpu: Gpu,
  { buffer, steps }: Residuals,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Float32Array<ArrayBuffer>> {
  await execute(gpu, steps, { signal });
  const [residuals] = await readBack(gpu, [floats(buffer, count)]);
  return residuals;
}
