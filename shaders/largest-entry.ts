import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { ELEMENT_WORKGROUP } from "../src/gpu/workgroups.ts";

/**
 * Entries are compared as integers, where NaN and infinity are the largest: WGSL lets a compiler assume that no f32 is
 * one of them.
 */
export const largestEntry = kernel(
  {
    name: "largest-entry",
    does: "Finds the bits of the largest |entry| of each matrix",
    unit: "One workgroup (x) = a share of the entries, 64 at a time, of one matrix or several (y)",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      entries: ["u32", "of a matrix"],
      entry_step: ["u32", "from one entry to the next in source"],
      matrix_step: ["u32", "from one matrix to the next"],
      begin: ["u32", "first entry of this dispatch"],
      end: ["u32", "the entry after the last one"],
    },
    reads: { source: ["array<u32>", "the entries, bits of f32"] },
    writes: { largest: ["array<atomic<u32>>", "batch; zeros at first"] },
  },
  wgsl`
@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  for (var matrix = group.y; matrix < params.batch; matrix += groups.y) {
    var most = 0u;
    for (var i = params.begin + group.x * ${ELEMENT_WORKGROUP} + thread; i < params.end; i += groups.x * ${ELEMENT_WORKGROUP}) {
      most = max(most, source[matrix * params.matrix_step + i * params.entry_step] & 0x7fffffffu);
    }
    atomicMax(&largest[matrix], most);
  }
}
`,
);
