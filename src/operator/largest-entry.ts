import { largestEntry } from "../../shaders/largest-entry.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, ELEMENT_WORKGROUP, splitWork, stepWork } from "../gpu/workgroups.ts";

/** Entries that a thread looks at, as long as that makes no more workgroups than fill a GPU. */
const ENTRIES_A_THREAD = 64;
const MOST_GROUPS = 1024;
/** Multiply–adds in registers that looking at an entry costs, about. */
const ENTRY_WORK = 8;

/** Steps that write the bits of the largest |entry| of each matrix of `source` to `largest` (u32, batch; cleared). */
export async function prepareLargestEntry(gpu: Gpu) {
  const encode = await largestEntry.on(gpu);
  return (arena: Arena, { rows, cols, batch, buffer: source }: Matrix, largest: GPUBuffer): Step[] => {
    const entries = rows * cols;
    const own = batch * ENTRY_WORK;
    const parts = splitWork(entries, own, stepWork(gpu.device));
    return encode(
      arena,
      parts.map(({ first, count }) => {
        const groups = Math.min(MOST_GROUPS, Math.ceil(count / (ELEMENT_WORKGROUP * ENTRIES_A_THREAD)));
        return {
          given: { entries, begin: first, end: first + count, source, largest },
          workgroups: checkedGrid(groups, batch),
          work: count * own,
        };
      }),
    );
  };
}
