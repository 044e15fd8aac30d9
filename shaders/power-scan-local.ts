import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { powerMoments, type ScanPower } from "./shared/power-moments.ts";

// The moments at each source of the sources up to it in its own segment, `items` sources in sorted order.
// One workgroup = `threads` segments (x) of one run (y), one thread = one segment.
export const powerScanLocal = (power: ScanPower) => wgsl`
${powerMoments(power)}

struct local_params {
  sources: u32,    // of a run
  segments: u32,   // of a run, a multiple of threads
}

struct scan_source {
  weight: u32,     // its place among the weights of a run
  gap: f32,        // distance from the source before it, at least 0
}

@group(0) @binding(0) var<uniform> params: local_params;
@group(0) @binding(1) var<storage, read> sources: array<scan_source>;      // segments / threads × items × threads
@group(0) @binding(2) var<storage, read> weights: array<f32>;              // runs × sources, unsorted
@group(0) @binding(3) var<storage, read_write> states: array<moments>;     // runs × as sources
@group(0) @binding(4) var<storage, read_write> totals: array<moments>;     // runs × segments: at the last source

override threads: u32;
override items: u32;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = group.x * items * threads + thread;
  let first_state = group.y * params.segments * items + begin;
  var state = moments();
  for (var item = 0u; item < items; item++) {
    let source = sources[begin + item * threads];
    state = shifted(state, source.gap) + single(weights[group.y * params.sources + source.weight]);
    states[first_state + item * threads] = state;
  }
  totals[group.y * params.segments + group.x * threads + thread] = state;
}
`;
