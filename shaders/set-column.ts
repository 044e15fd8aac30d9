import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// Puts a vector, scaled to length 1 where its squared norm is given, into a column of a matrix.
// One thread = one entry.
export const setColumn = ({ normalise }: { normalise: boolean }) => wgsl`
${elementIndex}

struct column_params {
  rows: u32,
  cols: u32,
  col: u32,
  first: u32,        // entry of \`vectors\` at which the vector begins
}

@group(0) @binding(0) var<uniform> params: column_params;
@group(0) @binding(1) var<storage, read> vectors: array<f32>;
@group(0) @binding(2) var<storage, read_write> columns: array<f32>;     // rows × cols
#if ${normalise}
@group(0) @binding(3) var<storage, read> squares: array<vec2f>;         // squared norm of the vector, first
#endif

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = element_index(group, groups, thread);
  if (row >= params.rows) { return; }
  let value = vectors[params.first + row];
#if ${normalise}
  let length = sqrt(squares[0].x);
  columns[row * params.cols + params.col] = select(value / length, 0.0, length == 0);
#else
  columns[row * params.cols + params.col] = value;
#endif
}
`;
