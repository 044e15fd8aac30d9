import { RESIDUAL_ROWS, residual } from "../../shaders/residual.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step, type Workgroups } from "../gpu/schedule.ts";
import { checkedGrid } from "./grid.ts";
import { productParams } from "./product-params.ts";

export interface ResidualBuffers {
  readonly weights: GPUBuffer;
  readonly targets: GPUBuffer;
  readonly residuals: GPUBuffer;
}

/** What the watching residual looks at: the buffers of shaders/residual.ts. */
export interface WatchedBuffers extends ResidualBuffers {
  readonly limits: GPUBuffer;
  readonly step: GPUBuffer;
  readonly diverged: GPUBuffer;
}

/** Step r = A·w − y of `runs` runs: weights runs × cols, targets and residuals runs × rows. */
export async function createResidual(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "residual", code: residual({ watch: false }) });
  return (arena: Arena, a: Matrix, { weights, targets, residuals }: ResidualBuffers, runs: number): Step =>
    dispatch(gpu, pipeline, [productParams(arena, a), a.buffer, weights, targets, residuals], residualGrid(a, runs));
}

/** The same, noting in `diverged` (runs) the first `step` at which a run's residual exceeds its limit. */
export async function createWatchingResidual(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "watching residual", code: residual({ watch: true }) });
  return (arena: Arena, a: Matrix, buffers: WatchedBuffers, runs: number): Step => {
    const { weights, targets, limits, step, residuals, diverged } = buffers;
    const bound = [productParams(arena, a), a.buffer, weights, targets, limits, step, residuals, diverged];
    return dispatch(gpu, pipeline, bound, residualGrid(a, runs));
  };
}

function residualGrid({ rows }: Matrix, runs: number): Workgroups {
  return checkedGrid(Math.ceil(rows / RESIDUAL_ROWS), runs);
}
