import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** Threads that share the sum of one run. */
const LOSS_WORKGROUP = 64;

// Mean square of each run's scaled residual, written to one row of the record.
// One workgroup = one run (x).
export const loss = wgsl`
struct loss_params {
  rows: u32,
  record: u32,       // row of losses
}

@group(0) @binding(0) var<uniform> params: loss_params;
@group(0) @binding(1) var<storage, read> residuals: array<f32>;      // runs × rows
@group(0) @binding(2) var<storage, read> scales: array<f32>;         // runs: factors that bring the residuals to about 1
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;   // records × runs

var<workgroup> sh_sums: array<f32, ${LOSS_WORKGROUP}>;

@compute @workgroup_size(${LOSS_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  var sum = 0.0;
  for (var row = thread; row < params.rows; row += ${LOSS_WORKGROUP}) {
    let value = scales[group.x] * residuals[group.x * params.rows + row];
    sum += value * value;
  }
  sh_sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0) {
    for (var i = 1u; i < ${LOSS_WORKGROUP}; i++) { sum += sh_sums[i]; }
    losses[params.record * groups.x + group.x] = sum / f32(params.rows);
  }
}
`;
