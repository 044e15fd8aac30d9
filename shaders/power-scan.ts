import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel, kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, ELEMENT_INDEX, ELEMENT_WORK, ELEMENT_WORKGROUP, elementGrid } from "../src/gpu/workgroups.ts";
import { type ProductEnd, productEnd } from "./shared/product-end.ts";

// f(t) = Σ_{s ≤ t} w·(t − s)^p at each point t, for weights w at sorted sources s. `power-scan-local` scans each
// segment of the sources for its moments, `power-scan-spine` scans the segments, and `power-scan-evaluate` joins both
// at each point.

/** The powers p whose moments fit one vector. */
export type ScanPower = 0 | 1 | 2 | 3;

/** Bytes of `moments` as an array's element, by power. */
export const MOMENT_BYTES = [4, 8, 16, 16] as const;

/** The state of a point that no source precedes. */
export const NO_STATE = 0xffffffff;

// At h further on, T_q is Σ_j binom(q, j)·h^(q−j)·T_j.
const forms = [
  { type: "f32", shifted: "m", single: "weight", highest: "m" },
  { type: "vec2f", shifted: "vec2f(m.x, m.y + h * m.x)", single: "vec2f(weight, 0)", highest: "m.y" },
  {
    type: "vec3f",
    shifted: "vec3f(m.x, m.y + h * m.x, m.z + h * (2 * m.y + h * m.x))",
    single: "vec3f(weight, 0, 0)",
    highest: "m.z",
  },
  {
    type: "vec4f",
    shifted: "vec4f(m.x, m.y + h * m.x, m.z + h * (2 * m.y + h * m.x), m.w + h * (3 * (m.z + h * m.y) + h * h * m.x))",
    single: "vec4f(weight, 0, 0, 0)",
    highest: "m.w",
  },
] as const;

/** Moments T_q(t) = Σ_j w_j·(t − s_j)^q, q = 0 … p, of weights w_j at sources s_j ≤ t. */
function powerMoments(power: ScanPower): string {
  const { type, shifted, single, highest } = forms[power];
  return wgsl`
alias moments = ${type};

/// The same weights' moments at t + h.
fn shifted(m: moments, h: f32) -> moments {
  return ${shifted};
}

/// The moments of one weight at its own source.
fn single(weight: f32) -> moments {
  return ${single};
}

/// Σ_j w_j·(t − s_j)^p
fn highest(m: moments) -> f32 {
  return ${highest};
}
`;
}

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
        states: ["array<moments>", "runs × (as sources)"],
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

/**
 * A segment's moments are summed from zero and then joined to those of all segments before it. Added one after the
 * other to the large sums of these, hundreds of equal steps would all be rounded the same way.
 */
export const powerScanSpine = oncePerVariant((power: ScanPower) =>
  gridKernel(
    {
      name: "power-scan-spine",
      does: "Replaces the moments of each segment by those of all sources before it, at the last of these",
      unit: "One workgroup = one run (x), one thread = some consecutive segments",
    },
    {
      params: {
        runs: ["u32", ""],
        segments: ["u32", "of a run"],
        share: ["u32", "segments of a thread"],
      },
      reads: { spans: ["array<scan_span>", "segments"] },
      writes: { carries: ["array<moments>", "runs × segments"] },
      overrides: { threads: ["u32", "of a workgroup"] },
    },
    {
      workgroups: ({ runs }) => checkedGrid(runs),
      work: ({ runs, segments }) => runs * segments * ELEMENT_WORK,
      main: wgsl`
${powerMoments(power)}

struct scan_span {
  span: f32,       // of a segment, from the last source before it to its own last source
  reach: f32,      // from the last source before its thread's share to its own last source
}

/// Sources in a row: their moments at the last one, and its distance from the source before the first.
struct stretch {
  span: f32,
  moments: moments,
}

fn joined(a: stretch, b: stretch) -> stretch {
  return stretch(a.span + b.span, shifted(a.moments, b.span) + b.moments);
}

// Two halves: a round writes one while other threads still read the other, so that a round needs one barrier only.
var<workgroup> sh_spans: array<f32, 2 * threads>;
var<workgroup> sh_moments: array<moments, 2 * threads>;

/// The moments of the shares of threads 0 … thread − 1, joined (Hillis & Steele).
fn scan_threads(own: stretch, thread: u32) -> moments {
  var sum = own;
  var half = 0u;
  for (var reach = 1u; reach < threads; reach *= 2) {
    sh_spans[half + thread] = sum.span;
    sh_moments[half + thread] = sum.moments;
    workgroupBarrier(); // the sums of the other threads are there to read
    if (thread >= reach) {
      let other = half + thread - reach;
      sum = joined(stretch(sh_spans[other], sh_moments[other]), sum);
    }
    half = threads - half;
  }
  sh_moments[half + thread] = sum.moments;
  workgroupBarrier(); // all sums are complete
  var before = moments();
  if (thread > 0) { before = sh_moments[half + thread - 1]; }
  return before;
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = min(thread * params.share, params.segments);
  let end = min(begin + params.share, params.segments);
  let base = group.x * params.segments;
  var own = stretch();
  for (var k = begin; k < end; k++) {
    own = stretch(spans[k].reach, shifted(own.moments, spans[k].span) + carries[base + k]);
  }
  let before = scan_threads(own, thread);
  own = stretch();
  for (var k = begin; k < end; k++) {
    let total = carries[base + k];
    carries[base + k] = shifted(before, own.span) + own.moments;
    own = stretch(spans[k].reach, shifted(own.moments, spans[k].span) + total);
  }
}
`,
    },
  ),
);

/** f from the moments at the last source up to a point, and those before this source's segment. */
export const powerScanEvaluate = oncePerVariant((power: ScanPower, end: ProductEnd) => {
  const { reads, writes, code } = productEnd(end);
  return gridKernel(
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
        ...reads,
      },
      writes,
    },
    {
      workgroups: ({ runs, point_count }) => {
        const [x, y] = elementGrid(point_count);
        return checkedGrid(x, y, runs);
      },
      work: ({ runs, point_count }) => runs * point_count * ELEMENT_WORK,
      main: wgsl`
${powerMoments(power)}
${code}

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
  write_output(group.z, group.z * params.point_count + index, value);
}
`,
    },
  );
});
