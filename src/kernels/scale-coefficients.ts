import { scaleCoefficients } from "../../shaders/scale-coefficients.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid } from "../gpu/grid.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";

export interface ScaleBuffers {
  readonly coefficients: GPUBuffer;
  readonly factors: GPUBuffer;
  readonly scaled: GPUBuffer;
}

/** Step scaled = factors ∘ coefficients, `count` f32 each. */
export async function createScaleCoefficients(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "scale-coefficients", code: scaleCoefficients });
  return ({ coefficients, factors, scaled }: ScaleBuffers, count: number): Step =>
    dispatch(gpu, pipeline, [coefficients, factors, scaled], elementGrid(count), count * ELEMENT_WORK);
}
