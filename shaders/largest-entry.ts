import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP } from "./shared/grid.ts";

// The bits of the largest |entry| of each matrix. Compared as integers, in which order NaN and infinity come last, so
// that they are found although WGSL lets a compiler assume that there are none.
// One workgroup (x) of many = a share of the entries of one matrix (y), 64 at a time.
export const largestEntry = wgsl`
struct largest_params {
  entries: u32, // rows · cols
  begin: u32,   // entry at which this dispatch begins, and
  end: u32,     // at which it ends
}

@group(0) @binding(0) var<uniform> params: largest_params;
@group(0) @binding(1) var<storage, read> source: array<u32>;                 // batch × rows × cols, bits of f32
@group(0) @binding(2) var<storage, read_write> largest: array<atomic<u32>>;  // batch, cleared

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  var most = 0u;
  for (var i = params.begin + group.x * ${ELEMENT_WORKGROUP} + thread; i < params.end; i += groups.x * ${ELEMENT_WORKGROUP}) {
    most = max(most, source[group.y * params.entries + i] & 0x7fffffffu);
  }
  atomicMax(&largest[group.y], most);
}
`;
