import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { SUM_WORKGROUP, sumOfSquares } from "./shared/sum-of-squares.ts";

// Squared norm of each run's vector, scaled; the one before it is kept beside.
// One workgroup = one run (x).
export const normSquare = wgsl`
struct norm_params {
  length: u32,       // of a run's vector
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: norm_params;
@group(0) @binding(1) var<storage, read> vectors: array<f32>;           // runs × length
@group(0) @binding(2) var<storage, read_write> squares: array<vec2f>;   // runs: this one, the one before

${sumOfSquares("vectors")}

@compute @workgroup_size(${SUM_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let sum = sum_of_squares(group.x * params.length, params.length, params.scale, thread);
  if (thread == 0) { squares[group.x] = vec2f(sum, squares[group.x].x); }
}
`;
