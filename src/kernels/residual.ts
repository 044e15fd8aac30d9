import { RESIDUAL_ROWS, residual } from "../../shaders/residual.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { checkedGrid } from "./grid.ts";
import { productParams } from "./product-params.ts";

/** What the watching residual looks at: the buffers of shaders/residual.ts. */
export interface Watch {
  readonly limits: GPUBuffer;
  readonly step: GPUBuffer;
  readonly diverged: GPUBuffer;
}

export interface ResidualBuffers {
  readonly weights: GPUBuffer;
  readonly targets: GPUBuffer;
  readonly residuals: GPUBuffer;
}

/** Step r = A·w − y of `runs` runs: weights runs × cols, targets and residuals runs × rows. */
export async function createResidual(gpu: Gpu) {
  const [plain, watching] = await Promise.all([
    gpu.pipelines.get({ label: "residual", code: residual({ watch: false }) }),
    gpu.pipelines.get({ label: "residual, watching", code: residual({ watch: true }) }),
  ]);
  return (
    arena: Arena,
    a: Matrix,
    { weights, targets, residuals }: ResidualBuffers,
    runs: number,
    watch?: Watch,
  ): Step => {
    const buffers = [productParams(arena, a), a.buffer, weights, targets, residuals];
    const grid = checkedGrid(Math.ceil(a.rows / RESIDUAL_ROWS), runs);
    if (!watch) return dispatch(gpu, plain, buffers, grid);
    return dispatch(gpu, watching, [...buffers, watch.limits, watch.step, watch.diverged], grid);
  };
}
