import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

// Euclidean norms of the first cols vec4s of each working row.
// One workgroup = one row (x) of one matrix (y).
export const rowNorms = wgsl`
struct norm_params {
  working_rows: u32,
  row_stride: u32, // vec4s
  cols: u32,       // vec4s
}

@group(0) @binding(0) var<uniform> params: norm_params;
@group(0) @binding(1) var<storage, read> working: array<vec4f>;        // batch × working_rows × row_stride
@group(0) @binding(2) var<storage, read_write> norms: array<f32>;      // batch × working_rows

override threads: u32; // see src/kernels/shapes.ts

var<workgroup> sh_sums: array<vec4f, threads>;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.y * params.working_rows + group.x;
  var sum = vec4f(0);
  for (var col = thread; col < params.cols; col += threads) {
    let value = working[row * params.row_stride + col];
    sum += value * value;
  }
  sh_sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0) {
    var total = vec4f(0);
    for (var i = 0u; i < threads; i++) { total += sh_sums[i]; }
    norms[row] = sqrt(dot(total, vec4f(1)));
  }
}
`;
