import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Threads that share the sum of one run. */
const NORM_WORKGROUP = 64;

// Squared norm of each run's vector; the one before it is kept beside.
// One workgroup = one run (x).
export const normSquare = wgsl`
struct norm_params {
  length: u32,       // of a run's vector
}

@group(0) @binding(0) var<uniform> params: norm_params;
@group(0) @binding(1) var<storage, read> vectors: array<f32>;           // runs × length
@group(0) @binding(2) var<storage, read_write> squares: array<vec2f>;   // runs: this one, the one before

var<workgroup> sh_sums: array<f32, ${NORM_WORKGROUP}>;

@compute @workgroup_size(${NORM_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var i = thread; i < params.length; i += ${NORM_WORKGROUP}) {
    let value = vectors[group.x * params.length + i];
    sum += value * value;
  }
  sh_sums[thread] = sum;
  workgroupBarrier();
  if (thread != 0) { return; }
  for (var i = 1u; i < ${NORM_WORKGROUP}; i++) { sum += sh_sums[i]; }
  squares[group.x] = vec2f(sum, squares[group.x].x);
}
`;
