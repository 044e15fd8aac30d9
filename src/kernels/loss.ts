import { loss } from "../../shaders/loss.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { checkedGrid } from "./grid.ts";

/**
 * Steps that write the mean square of each run's residual, multiplied by its entry of `scales` (runs), to rows 0 …
 * `records` − 1 of `losses` (records × runs).
 */
export async function createLoss(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "loss", code: loss });
  return (
    arena: Arena,
    { residuals, scales, losses }: { residuals: GPUBuffer; scales: GPUBuffer; losses: GPUBuffer },
    { rows, runs, records }: { rows: number; runs: number; records: number },
  ): Step[] => {
    const structs = Array.from(
      { length: records },
      (_, record) =>
        [
          ["u32", rows],
          ["u32", record],
        ] as const,
    );
    const params = arena.uniform("loss params", packUniforms(...structs));
    return structs.map((_, record) => {
      const slot = { buffer: params, offset: record * UNIFORM_STRIDE, size: 16 };
      return dispatch(gpu, pipeline, [slot, residuals, scales, losses], checkedGrid(runs));
    });
  };
}
