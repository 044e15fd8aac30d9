import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";
import { powerMoments, type ScanPower } from "./shared/power-moments.ts";
import { watch } from "./shared/watch.ts";

/** Stands for the state of a point that no source precedes. */
export const NO_STATE = 0xffffffff;

// f(t) = Σ_{s ≤ t} w·(t − s)^p at each point t, from the moments at the last source up to it and those before its segment;
// or the residual f − target under the watch of a descent.
// One workgroup = 64 points (x, y) of one run (z).
export const powerScanEvaluate = (power: ScanPower, { residual }: { residual: boolean }) => wgsl`
${powerMoments(power)}

struct evaluate_params {
  points: u32,
  states: u32,     // of a run
  segments: u32,   // of a run
}

struct scan_point {
  state: u32,      // of the last source up to the point, ${NO_STATE} where there is none
  segment: u32,    // of that source
  distance: f32,   // from that source, at least 0
  reach: f32,      // from the last source before the segment
}

@group(0) @binding(0) var<uniform> params: evaluate_params;
@group(0) @binding(1) var<storage, read> points: array<scan_point>;
@group(0) @binding(2) var<storage, read> states: array<moments>;            // runs × states
@group(0) @binding(3) var<storage, read> carries: array<moments>;           // runs × segments
#if ${residual}
@group(0) @binding(4) var<storage, read> targets: array<f32>;               // runs × points
@group(0) @binding(5) var<storage, read> limits: array<u32>;                // runs: bits of the largest |residual| allowed
@group(0) @binding(6) var<storage, read> current_step: array<u32>;          // the step under way
@group(0) @binding(7) var<storage, read_write> output: array<f32>;          // runs × points
@group(0) @binding(8) var<storage, read_write> diverged: array<atomic<u32>>; // runs: first step beyond the limit
${watch.code}
#else
@group(0) @binding(4) var<storage, read_write> output: array<f32>;          // runs × points
#endif

${elementIndex}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index >= params.points) { return; }
  let point = points[index];
  var value = 0.0;
  if (point.state != ${NO_STATE}) {
    let local = shifted(states[group.z * params.states + point.state], point.distance);
    value = highest(local + shifted(carries[group.z * params.segments + point.segment], point.reach));
  }
#if ${residual}
  value -= targets[group.z * params.points + index];
  note_divergence(group.z, value);
#endif
  output[group.z * params.points + index] = value;
}
`;
