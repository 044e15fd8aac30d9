import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { SUM_WORKGROUP, sumOfSquares } from "./shared/sum-of-squares.ts";

// Squared norm of each run's vector, scaled; the one before it is kept beside. Where `floored`, what is no more than a share
// of another vector's squared norm counts as 0.
// One workgroup = one run (x).
export const normSquare = ({ floored }: { floored: boolean }) => wgsl`
struct norm_params {
  length: u32,       // of a run's vector
  scale: f32,
  share: f32,
}

@group(0) @binding(0) var<uniform> params: norm_params;
@group(0) @binding(1) var<storage, read> vectors: array<f32>;           // runs × length
@group(0) @binding(2) var<storage, read_write> squares: array<vec2f>;   // runs: this one, the one before
#if ${floored}
@group(0) @binding(3) var<storage, read> others: array<vec2f>;          // runs: the other vector's, and its before
#endif

${sumOfSquares("vectors")}

@compute @workgroup_size(${SUM_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let sum = sum_of_squares(group.x * params.length, params.length, params.scale, thread);
  if (thread != 0) { return; }
#if ${floored}
  let square = select(sum, 0.0, sum <= params.share * others[group.x].x);
#else
  let square = sum;
#endif
  squares[group.x] = vec2f(square, squares[group.x].x);
}
`;
