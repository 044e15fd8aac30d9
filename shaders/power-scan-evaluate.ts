import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, ELEMENT_INDEX, ELEMENT_WORK, ELEMENT_WORKGROUP, elementGrid } from "../src/gpu/workgroups.ts";
import { powerMoments, type ScanPower } from "./shared/power-moments.ts";
import { watch } from "./shared/watch.ts";

/** Stands for the state of a point that no source precedes. */
export const NO_STATE = 0xffffffff;

/**
 * f(t) = Σ_{s ≤ t} w·(t − s)^p at each point t, from the moments at the last source up to it and those before its segment;
 * or the residual f − target under the watch of a descent.
 */
export const powerScanEvaluate = oncePerVariant((power: ScanPower, { residual }: { residual: boolean }) =>
  gridKernel(
    {
      name: "power-scan-evaluate",
      does: "Joins the moments at each point to a product, and subtracts targets where the residual is wanted",
      unit: `One workgroup = ${ELEMENT_WORKGROUP} points (x, y) of one run (z)`,
    },
    {
      params: {
        runs: ["u32", ""],
        point_count: ["u32", ""],
        state_count: ["u32", "of a run"],
        segments: ["u32", "of a run"],
      },
      reads: {
        points: ["array<scan_point>", ""],
        states: ["array<moments>", "runs × states"],
        carries: ["array<moments>", "runs × segments"],
        ...(residual ? ({ targets: ["array<f32>", "runs × points"], ...watch.reads } as const) : {}),
      },
      writes: { output: ["array<f32>", "runs × points"], ...(residual ? watch.writes : {}) },
    },
    {
      workgroups: ({ runs, point_count }) => {
        const [x, y] = elementGrid(point_count);
        return checkedGrid(x, y, runs);
      },
      work: ({ runs, point_count }) => runs * point_count * ELEMENT_WORK,
      main: wgsl`
${powerMoments(power)}
${residual ? watch.code : ""}

struct scan_point {
  state: u32,      // of the last source up to the point, ${NO_STATE} where there is none
  segment: u32,    // of that source
  distance: f32,   // from that source, at least 0
  reach: f32,      // from the last source before the segment
}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = (${ELEMENT_INDEX});
  if (index >= params.point_count) { return; }
  let point = points[index];
  var value = 0.0;
  if (point.state != ${NO_STATE}) {
    let local = shifted(states[group.z * params.state_count + point.state], point.distance);
    value = highest(local + shifted(carries[group.z * params.segments + point.segment], point.reach));
  }
#if ${residual}
  value -= targets[group.z * params.point_count + index];
  note_divergence(group.z, value);
#endif
  output[group.z * params.point_count + index] = value;
}
`,
    },
  ),
);
