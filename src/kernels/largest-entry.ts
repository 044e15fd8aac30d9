import { largestEntry } from "../../shaders/largest-entry.ts";
import { ELEMENT_WORKGROUP } from "../../shaders/shared/grid.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, splitWork, stepWork } from "../gpu/grid.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";

/** Entries that a thread looks at, as long as that makes no more workgroups than fill a GPU. */
const ENTRIES_A_THREAD = 64;
const MOST_GROUPS = 1024;
/** Multiply–adds in registers that looking at an entry costs, about. */
const ENTRY_WORK = 8;

/** Steps that write the bits of the largest |entry| of each matrix of `source` to `largest` (u32, batch; cleared). */
export async function createLargestEntry(gpu: Gpu) {
  const pipeline = await gpu.pipelines.get({ label: "largest-entry", code: largestEntry });
  return (arena: Arena, source: Matrix, largest: GPUBuffer): Step[] => {
    const entries = source.rows * source.cols;
    const parts = splitWork(entries, source.batch * ENTRY_WORK, stepWork(gpu.device));
    const params = packUniforms(
      ...parts.map(
        ({ first, count }) =>
          [
            ["u32", entries],
            ["u32", first],
            ["u32", first + count],
          ] as const,
      ),
    );
    const uniform = arena.uniform("largest-entry params", params);
    return parts.map(({ count }, i) => {
      const slot = { buffer: uniform, offset: i * UNIFORM_STRIDE, size: 16 };
      const groups = Math.min(MOST_GROUPS, Math.ceil(count / (ELEMENT_WORKGROUP * ENTRIES_A_THREAD)));
      const work = count * source.batch * ENTRY_WORK;
      return dispatch(gpu, pipeline, [slot, source.buffer, largest], checkedGrid(groups, source.batch), work);
    });
  };
}
