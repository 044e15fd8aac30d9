import { type ConjugateUpdate, conjugateUpdate } from "../../shaders/conjugate-update.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ELEMENT_WORK, elementGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";

export interface ConjugateBuffers {
  /** ‖s/κ‖² and ‖q/κ²‖² as `createNormSquare` leaves them. */
  readonly gamma: GPUBuffer;
  readonly delta: GPUBuffer;
  /** runs: what all vectors except the weights are counted in. */
  readonly units: GPUBuffer;
  readonly others: GPUBuffer;
  readonly vectors: GPUBuffer;
}

/** Step of an update of `vectors`, runs × length, by `others`. */
export async function createConjugateUpdate(gpu: Gpu, update: ConjugateUpdate) {
  const pipeline = await gpu.pipelines.get({ label: `conjugate-${update}`, code: conjugateUpdate(update) });
  return (
    arena: Arena,
    { gamma, delta, units, others, vectors }: ConjugateBuffers,
    { length, runs, inverse }: { length: number; runs: number; inverse: number },
  ): Step => {
    const members = packUniforms([
      ["u32", length],
      ["f32", inverse],
    ]);
    const params = arena.uniform("conjugate params", members);
    const squares = update === "direction" ? [gamma] : [gamma, delta];
    const bound = [params, ...squares, others, vectors, ...(update === "advance" ? [units] : [])];
    return dispatch(gpu, pipeline, bound, elementGrid(runs * length), runs * length * ELEMENT_WORK);
  };
}
