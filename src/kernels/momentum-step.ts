import { momentumStep } from "../../shaders/momentum-step.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";

/** A table of the coefficients of steps, `steps` × `methods` vec4f, that repeats: see shaders/momentum-step.ts. */
export interface CoefficientTable {
  readonly buffer: GPUBuffer;
  readonly steps: number;
  readonly methods: number;
}

/** w, d and p, runs × cols each. */
export interface MomentumBuffers {
  readonly weights: GPUBuffer;
  readonly velocity: GPUBuffer;
  readonly point: GPUBuffer;
}

export interface MomentumStepBuffers extends MomentumBuffers {
  /** Shares of the gradient at p, each runs × cols. */
  readonly gradients: GPUBuffer;
  readonly step: GPUBuffer;
  /** V diag(factors) Vᵀ·gradient, runs × cols, where the step is preconditioned. */
  readonly correction?: GPUBuffer;
}

/** Step of a linear method with momentum, for `length` = runs × cols weights. */
export async function createMomentumStep(gpu: Gpu, { preconditioned }: { preconditioned: boolean }) {
  const pipeline = await gpu.pipelines.get({ label: "momentum-step", code: momentumStep({ preconditioned }) });
  return (
    arena: Arena,
    buffers: MomentumStepBuffers,
    table: CoefficientTable,
    { cols, length, shares, identity = 1 }: { cols: number; length: number; shares: number; identity?: number },
  ): Step => {
    const params = packUniforms([
      ["u32", cols],
      ["u32", length],
      ["u32", shares],
      ["u32", table.methods],
      ["u32", table.steps],
      ["f32", identity],
    ]);
    const { gradients, step, weights, velocity, point, correction } = buffers;
    const bound = [gradients, table.buffer, step, weights, velocity, point, ...(correction ? [correction] : [])];
    const work = length * (shares + ELEMENT_WORK);
    return dispatch(gpu, pipeline, [arena.uniform("step params", params), ...bound], elementGrid(length), work);
  };
}
