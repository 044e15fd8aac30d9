import { largestEntry } from "../../shaders/largest-entry.ts";
import { ELEMENT_WORKGROUP } from "../../shaders/shared/grid.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms } from "../gpu/uniform.ts";
import { checkedGrid } from "./grid.ts";

/** Entries that a thread looks at, as long as that makes no more workgroups than fill a GPU. */
const ENTRIES_A_THREAD = 64;
const MOST_GROUPS = 1024;

/** Step that writes the bits of the largest |entry| of each matrix of `source` to `largest` (u32, batch; cleared). */
export async function createLargestEntry(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "largest-entry", code: largestEntry });
  return (arena: Arena, source: Matrix, largest: GPUBuffer): Step => {
    const entries = source.rows * source.cols;
    const params = arena.uniform("largest-entry params", packUniforms([["u32", entries]]));
    const groups = Math.min(MOST_GROUPS, Math.ceil(entries / (ELEMENT_WORKGROUP * ENTRIES_A_THREAD)));
    return dispatch(gpu, pipeline, [params, source.buffer, largest], checkedGrid(groups, source.batch));
  };
}
