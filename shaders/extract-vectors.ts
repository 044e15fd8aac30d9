import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// Singular vectors as columns: out[c, k] = scale[k] · working[order[k], first + c].
// One thread = one entry of out.
export const extractVectors = wgsl`
${elementIndex}

struct extract_params {
  length: u32,       // entries of a vector, rows of out
  count: u32,        // vectors, columns of out
  first: u32,        // f32 at which a vector begins in its working row
  working_rows: u32,
  row_length: u32,   // f32s of a working row
  begin: u32,        // entry of out at which this dispatch begins, and
  end: u32,          // at which it ends
}

@group(0) @binding(0) var<uniform> params: extract_params;
@group(0) @binding(1) var<storage, read> working: array<f32>;      // batch × working_rows × row_length
@group(0) @binding(2) var<storage, read> order: array<u32>;        // batch × count
@group(0) @binding(3) var<storage, read> scales: array<f32>;       // batch × count
@group(0) @binding(4) var<storage, read_write> out: array<f32>;    // batch × length × count, row-major

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.begin + element_index(group, groups, thread);
  if (index >= params.end) { return; }
  let matrix = index / (params.length * params.count);
  let k = matrix * params.count + index % params.count;
  let row = matrix * params.working_rows + order[k];
  let value = working[row * params.row_length + params.first + index / params.count % params.length];
  out[index] = scales[k] * value;
}
`;
