import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { shifts } from "./shared/shifts.ts";

// The working matrix [2^exponent · A | I], or [2^exponent · Aᵀ | I], with rows padded to vec4s and zero rows up to whole blocks.
// One thread = one vec4 of the working matrices of the batch.
export const loadWorking = wgsl`
${elementIndex}

struct load_params {
  rows: u32,         // rows that hold data; the others are zero
  cols: u32,         // entries of a row of A or Aᵀ
  first: u32,        // entry of source at which they begin
  row_step: u32,     // from one such row to the next in source
  col_step: u32,     // from one such column to the next
  matrix_step: u32,  // from one matrix of the batch to the next
  working_rows: u32,
  row_stride: u32,   // vec4s of a working row
  identity_col: u32, // vec4 at which I begins; row_stride where there is none
  begin: u32,        // vec4 at which this dispatch begins, and
  end: u32,          // at which it ends
}

@group(0) @binding(0) var<uniform> params: load_params;
@group(0) @binding(1) var<storage, read> source: array<u32>;             // A's entries, bits of f32
@group(0) @binding(2) var<storage, read> exponents: array<i32>;          // batch
@group(0) @binding(3) var<storage, read_write> working: array<vec4f>;    // batch × working_rows × row_stride

${shifts}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.begin + element_index(group, groups, thread);
  if (index >= params.end) { return; }
  let matrix = index / (params.working_rows * params.row_stride);
  let row = index / params.row_stride % params.working_rows;
  let col = index % params.row_stride;

  var values = vec4f(0);
  if (row < params.rows) {
    for (var lane = 0u; lane < 4; lane++) {
      if (col >= params.identity_col) {
        values[lane] = select(0.0, 1.0, 4 * (col - params.identity_col) + lane == row);
      } else if (4 * col + lane < params.cols) {
        let entry = params.first + row * params.row_step + (4 * col + lane) * params.col_step;
        values[lane] = scaled(source[matrix * params.matrix_step + entry], exponents[matrix]);
      }
    }
  }
  working[index] = values;
}
`;
