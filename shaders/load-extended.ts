import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { shifts } from "./shared/shifts.ts";

// The working matrix [2^exponent · A | I], or [2^exponent · Aᵀ | I], in two-floats, padded with zeros as `load-working` does.
// One thread = one entry of the working matrices of the batch.
export const loadExtended = wgsl`
${elementIndex}

struct load_params {
  rows: u32,           // rows that hold data; the others are zero
  cols: u32,           // entries of a row of A or Aᵀ
  row_step: u32,       // from one such row to the next in high and low
  col_step: u32,       // from one such column to the next
  working_rows: u32,
  row_length: u32,     // entries of a working row
  identity_first: u32, // entry at which I begins; row_length where there is none
  begin: u32,          // entry at which this dispatch begins, and
  end: u32,            // at which it ends
}

@group(0) @binding(0) var<uniform> params: load_params;
@group(0) @binding(1) var<storage, read> high: array<u32>;               // batch × A's entries, bits of f32
@group(0) @binding(2) var<storage, read> low: array<u32>;                // as high: what its rounding lost, over low_unit
@group(0) @binding(3) var<storage, read> exponents: array<i32>;          // batch
@group(0) @binding(4) var<storage, read_write> working: array<vec2f>;    // batch × working_rows × row_length: hi, lo

override low_unit: f32; // see LOW_SCALE of src/gpu/matrix.ts

${shifts}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = params.begin + element_index(group, groups, thread);
  if (index >= params.end) { return; }
  let matrix = index / (params.working_rows * params.row_length);
  let row = index / params.row_length % params.working_rows;
  let col = index % params.row_length;

  var value = vec2f(0);
  if (row < params.rows) {
    if (col >= params.identity_first) {
      value.x = select(0.0, 1.0, col - params.identity_first == row);
    } else if (col < params.cols) {
      let entry = matrix * params.rows * params.cols + row * params.row_step + col * params.col_step;
      value = vec2f(scaled(high[entry], exponents[matrix]), scaled(low[entry], exponents[matrix]) * low_unit);
    }
  }
  working[index] = value;
}
`;
