import { normSquare } from "../../shaders/norm-square.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";

/** The squared norms of other vectors, and the share of them up to which a square is rounding and counts as 0. */
export interface Floor {
  readonly squares: GPUBuffer;
  readonly share: number;
}

/** Step squares ← (‖scale·vector‖², what it was), two f32 a run, of `runs` vectors of `length`; 0 up to the floor. */
export async function createNormSquare(gpu: Gpu) {
  const compile = (floored: boolean) =>
    gpu.pipelines.get({ label: floored ? "floored norm-square" : "norm-square", code: normSquare({ floored }) });
  const [plain, floored] = await Promise.all([compile(false), compile(true)]);
  return (
    arena: Arena,
    { vectors, squares }: { vectors: GPUBuffer; squares: GPUBuffer },
    { length, runs, scale, floor }: { length: number; runs: number; scale: number; floor?: Floor },
  ): Step => {
    const params = packUniforms([
      ["u32", length],
      ["f32", scale],
      ["f32", floor?.share ?? 0],
    ]);
    const bound = [arena.uniform("norm params", params), vectors, squares, ...(floor ? [floor.squares] : [])];
    return dispatch(gpu, floor ? floored : plain, bound, checkedGrid(runs), runs * length);
  };
}
