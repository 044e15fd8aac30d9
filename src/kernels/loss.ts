import { loss } from "../../shaders/loss.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";

export interface LossBuffers {
  readonly residuals: GPUBuffer;
  /** runs: factors that bring the residuals to about 1. */
  readonly scales: GPUBuffer;
  /** runs: how many losses are recorded. */
  readonly recorded: GPUBuffer;
  /** records × runs. */
  readonly losses: GPUBuffer;
  /** runs: a loss below it is one to keep the weights of. */
  readonly bounds: GPUBuffer;
  /** runs: the record that was kept, from 1. */
  readonly kept: GPUBuffer;
  /** runs: 1 where the weights are to be kept now. */
  readonly keep: GPUBuffer;
}

/** Step that records the mean square of each run's scaled residual, and tells whether its weights are to be kept. */
export async function createLoss(gpu: Gpu, { keepFirst }: { keepFirst: boolean }) {
  const pipeline = await gpu.pipelines.get({ label: "loss", code: loss });
  return (arena: Arena, buffers: LossBuffers, { rows, runs }: { rows: number; runs: number }): Step => {
    const params = packUniforms([
      ["u32", rows],
      ["u32", keepFirst ? 1 : 0],
    ]);
    const { residuals, scales, recorded, losses, bounds, kept, keep } = buffers;
    const bound = [residuals, scales, recorded, losses, bounds, kept, keep];
    return dispatch(gpu, pipeline, [arena.uniform("loss params", params), ...bound], checkedGrid(runs), runs * rows);
  };
}
