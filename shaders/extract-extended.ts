import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

// Singular vectors as columns: (high + low / low_scale)[c, k] = scale[k] · working[order[k], first + c].
// One thread = one entry of the result.
export const extractExtended = (form: TwoFloatForm) => wgsl`
${elementIndex}

struct extract_params {
  length: u32,       // entries of a vector, rows of the result
  count: u32,        // vectors, columns of the result
  first: u32,        // entry at which a vector begins in its working row
  working_rows: u32,
  row_length: u32,   // entries of a working row
  begin: u32,        // entry of the result at which this dispatch begins, and
  end: u32,          // at which it ends
  opaque_zero: u32,
}

@group(0) @binding(0) var<uniform> params: extract_params;
@group(0) @binding(1) var<storage, read> working: array<two_float>;   // batch × working_rows × row_length
@group(0) @binding(2) var<storage, read> order: array<u32>;           // batch × count
@group(0) @binding(3) var<storage, read> scales: array<two_float>;    // batch × count
@group(0) @binding(4) var<storage, read_write> high: array<f32>;      // batch × length × count, row-major
@group(0) @binding(5) var<storage, read_write> low: array<f32>;       // as high: what its rounding lost, times low_scale

override low_scale: f32; // see LOW_SCALE of src/gpu/matrix.ts

${twoFloatArithmetic(form)}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  opaque_zero = params.opaque_zero;
  let index = params.begin + element_index(group, groups, thread);
  if (index >= params.end) { return; }
  let matrix = index / (params.length * params.count);
  let k = matrix * params.count + index % params.count;
  let row = matrix * params.working_rows + order[k];
  let value = tf_mul(scales[k], working[row * params.row_length + params.first + index / params.count % params.length]);
  high[index] = value.hi;
  low[index] = value.lo * low_scale;
}
`;
