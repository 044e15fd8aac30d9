import { GRADIENT_COLS, gradientStep } from "../../shaders/gradient-step.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { checkedGrid } from "./grid.ts";
import { productParams } from "./product-params.ts";

export interface GradientBuffers {
  readonly residuals: GPUBuffer;
  readonly rates: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly step: GPUBuffer;
}

/** Step w ← w − α Aᵀr of `runs` runs: residuals runs × rows, rates runs, weights runs × cols; adds 1 to `step`. */
export async function createGradientStep(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "gradient-step", code: gradientStep });
  return (arena: Arena, a: Matrix, { residuals, rates, weights, step }: GradientBuffers, runs: number): Step => {
    const grid = checkedGrid(Math.ceil(a.cols / GRADIENT_COLS), runs);
    return dispatch(gpu, pipeline, [productParams(arena, a), a.buffer, residuals, rates, weights, step], grid);
  };
}
