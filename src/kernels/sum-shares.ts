import { sumShares } from "../../shaders/sum-shares.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { elementGrid } from "./grid.ts";
import { ELEMENT_WORK } from "./work.ts";

/** Step sums = Σ of `count` shares, each `length` f32. */
export async function createSumShares(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "sum-shares", code: sumShares });
  return (
    arena: Arena,
    { shares, sums }: { shares: GPUBuffer; sums: GPUBuffer },
    { length, count }: { length: number; count: number },
  ): Step => {
    const params = packUniforms([
      ["u32", length],
      ["u32", count],
    ]);
    const bound = [arena.uniform("sum params", params), shares, sums];
    return dispatch(gpu, pipeline, bound, elementGrid(length), length * (count + ELEMENT_WORK));
  };
}
