import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP } from "./shared/grid.ts";

/** Entries that one thread looks at. */
export const ENTRIES_A_THREAD = 64;

// The bits of the largest |entry| of each matrix. Compared as integers, in which order NaN and infinity come last, so
// that they are found although WGSL lets a compiler assume that there are none.
// One workgroup (x) = 64 · 64 entries of one matrix (y).
export const largestEntry = wgsl`
struct largest_params {
  entries: u32, // rows · cols
}

@group(0) @binding(0) var<uniform> params: largest_params;
@group(0) @binding(1) var<storage, read> source: array<u32>;                 // batch × rows × cols, bits of f32
@group(0) @binding(2) var<storage, read_write> largest: array<atomic<u32>>;  // batch, cleared

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = group.x * ${ELEMENT_WORKGROUP * ENTRIES_A_THREAD} + thread;
  var most = 0u;
  for (var i = 0u; i < ${ENTRIES_A_THREAD}; i++) {
    let entry = begin + i * ${ELEMENT_WORKGROUP};
    if (entry < params.entries) { most = max(most, source[group.y * params.entries + entry] & 0x7fffffffu); }
  }
  atomicMax(&largest[group.y], most);
}
`;
