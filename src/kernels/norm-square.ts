import { normSquare } from "../../shaders/norm-square.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { checkedGrid } from "./grid.ts";

/** Step squares ← (‖scale·vector‖², what it was), two f32 a run, of `runs` vectors of `length`. */
export async function createNormSquare(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "norm-square", code: normSquare });
  return (
    arena: Arena,
    { vectors, squares }: { vectors: GPUBuffer; squares: GPUBuffer },
    { length, runs, scale }: { length: number; runs: number; scale: number },
  ): Step => {
    const params = packUniforms([
      ["u32", length],
      ["f32", scale],
    ]);
    return dispatch(gpu, pipeline, [arena.uniform("norm params", params), vectors, squares], checkedGrid(runs));
  };
}
