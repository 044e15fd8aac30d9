import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { SUM_WORKGROUP, sumOfSquares } from "./shared/sum-of-squares.ts";

// Mean square of each run's scaled residual, appended to its record; and whether the run is to be kept as it is now:
// where the loss is below its bound, which then falls to the loss, or to 0 where the first such step is the one to keep.
// One workgroup = one run (x).
export const loss = wgsl`
struct loss_params {
  rows: u32,
  keep_first: u32,   // 1: the bound falls to 0
}

@group(0) @binding(0) var<uniform> params: loss_params;
@group(0) @binding(1) var<storage, read> residuals: array<f32>;       // runs × rows
@group(0) @binding(2) var<storage, read> scales: array<f32>;          // runs: factors that bring the residuals to about 1
@group(0) @binding(3) var<storage, read_write> recorded: array<u32>;  // runs: losses recorded
@group(0) @binding(4) var<storage, read_write> losses: array<f32>;    // records × runs
@group(0) @binding(5) var<storage, read_write> bounds: array<f32>;    // runs
@group(0) @binding(6) var<storage, read_write> kept: array<u32>;      // runs: record of the weights kept, from 1
@group(0) @binding(7) var<storage, read_write> keep: array<u32>;      // runs: 1 where the weights are to be kept now

${sumOfSquares("residuals")}

@compute @workgroup_size(${SUM_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let run = group.x;
  let sum = sum_of_squares(run * params.rows, params.rows, scales[run], thread);
  if (thread != 0) { return; }
  let value = sum / f32(params.rows);
  losses[recorded[run] * groups.x + run] = value;
  recorded[run] += 1;
  let better = value < bounds[run];
  keep[run] = u32(better);
  if (better) {
    kept[run] = recorded[run];
    bounds[run] = select(value, 0.0, params.keep_first == 1);
  }
}
`;
