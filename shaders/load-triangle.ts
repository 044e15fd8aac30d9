import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// The factor of a pivoted QR, transposed, as new working rows [Lᵀ | I]: row k has L[j][k] in column pivots[j], so that its
// columns keep the order of the rows of A. Into a zeroed buffer.
// One thread = one entry of L.
export const loadTriangle = wgsl`
${elementIndex}

struct triangle_params {
  rows: u32,           // n
  batch: u32,
  factored_rows: u32,  // rows of a matrix of factored
  working_rows: u32,   // and of working
  factored_length: u32, // f32s of a row of factored
  row_length: u32,      // f32s of a row of working
  identity_first: u32,  // f32 at which I begins; row_length where there is none
}

@group(0) @binding(0) var<uniform> params: triangle_params;
@group(0) @binding(1) var<storage, read> factored: array<f32>;        // batch × factored_rows × factored_length: L[j][0…j−1] in row pivots[j]
@group(0) @binding(2) var<storage, read> pivots: array<u32>;          // batch × factored_rows
@group(0) @binding(3) var<storage, read> diagonal: array<f32>;        // batch × factored_rows: L[j][j]
@group(0) @binding(4) var<storage, read_write> working: array<f32>;   // batch × working_rows × row_length

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  let matrix = index / (params.rows * params.rows);
  let j = index / params.rows % params.rows;
  let k = index % params.rows;
  if (matrix >= params.batch || k > j) { return; }
  let first = matrix * params.factored_rows;
  let column = pivots[first + j];
  let row = (matrix * params.working_rows + k) * params.row_length;
  if (k < j) {
    working[row + column] = factored[(first + column) * params.factored_length + k];
  } else {
    working[row + column] = diagonal[first + k];
    if (params.identity_first < params.row_length) { working[row + params.identity_first + k] = 1; }
  }
}
`;
