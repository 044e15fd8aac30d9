import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// Puts each run's vector, scaled and, where its squared norm is given, brought to length 1, into a column of the run's matrix.
// One thread = one entry.
export const setColumn = ({ normalise }: { normalise: boolean }) => wgsl`
${elementIndex}

struct column_params {
  rows: u32,
  cols: u32,
  col: u32,
  first: u32,        // entry of vectors at which they begin
  runs: u32,
  scale: f32,        // of the vector, also where its norm was taken
}

@group(0) @binding(0) var<uniform> params: column_params;
@group(0) @binding(1) var<storage, read> vectors: array<f32>;           // runs × rows from first on
@group(0) @binding(2) var<storage, read_write> columns: array<f32>;     // runs × rows × cols
#if ${normalise}
@group(0) @binding(3) var<storage, read> squares: array<vec2f>;         // runs: squared norm of the vector, first
#endif

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index >= params.runs * params.rows) { return; }
  let value = params.scale * vectors[params.first + index];
#if ${normalise}
  let length = sqrt(squares[index / params.rows].x);
  columns[index * params.cols + params.col] = select(value / length, 0.0, length == 0);
#else
  columns[index * params.cols + params.col] = value;
#endif
}
`;
