import { keepWeights } from "../../shaders/keep-weights.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";

/** Step kept ← weights, runs × cols, for the runs whose entry of `keep` is 1. */
export async function createKeepWeights(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "keep-weights", code: keepWeights });
  return (
    arena: Arena,
    { weights, keep, kept }: { weights: GPUBuffer; keep: GPUBuffer; kept: GPUBuffer },
    { cols, runs }: { cols: number; runs: number },
  ): Step => {
    const params = arena.uniform("keep params", packUniforms([["u32", cols]]));
    return dispatch(gpu, pipeline, [params, weights, keep, kept], elementGrid(runs * cols), runs * cols * ELEMENT_WORK);
  };
}
