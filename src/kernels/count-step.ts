import { countStep } from "../../shaders/count-step.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid } from "../gpu/grid.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";

/** Step that adds 1 to `step`. */
export async function createCountStep(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "count-step", code: countStep });
  return (step: GPUBuffer): Step => dispatch(gpu, pipeline, [step], checkedGrid(1), 1);
}
