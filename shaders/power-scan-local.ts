import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { powerMoments, type ScanPower } from "./shared/power-moments.ts";

/** A segment is `items` sources in sorted order. */
export const powerScanLocal = oncePerVariant((power: ScanPower) =>
  kernel(
    {
      name: "power-scan-local",
      does: "Computes the moments at each source of the sources up to it in its own segment",
      unit: "One workgroup = `threads` segments (x) of one run (y), one thread = one segment",
    },
    {
      params: { source_count: ["u32", "of a run"], segments: ["u32", "of a run, a multiple of threads"] },
      reads: {
        sources: ["array<scan_source>", "segments / threads × items × threads"],
        weights: ["array<f32>", "runs × sources, unsorted"],
      },
      writes: {
        states: ["array<moments>", "runs × as sources"],
        totals: ["array<moments>", "runs × segments: at the last source"],
      },
      overrides: { threads: ["u32", "of a workgroup"], items: ["u32", "sources of a segment"] },
    },
    wgsl`
${powerMoments(power)}

struct scan_source {
  weight: u32,     // its place among the weights of a run
  gap: f32,        // distance from the source before it, at least 0
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = group.x * items * threads + thread;
  let first_state = group.y * params.segments * items + begin;
  var state = moments();
  for (var item = 0u; item < items; item++) {
    let source = sources[begin + item * threads];
    state = shifted(state, source.gap) + single(weights[group.y * params.source_count + source.weight]);
    states[first_state + item * threads] = state;
  }
  totals[group.y * params.segments + group.x * threads + thread] = state;
}
`,
  ),
);
