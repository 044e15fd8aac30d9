import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel, kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, ELEMENT_INDEX, ELEMENT_WORK, ELEMENT_WORKGROUP, elementGrid } from "../src/gpu/workgroups.ts";
import { powerMoments, type ScanPower, stretches } from "./shared/moments.ts";
import { type ProductEnd, productEnd } from "./shared/product-end.ts";

// f(t) = Σ_{s ≤ t} w·(t − s)^p at each point t, for weights w at sorted sources s. `power-scan-local` scans each
// segment of the sources for its moments, `power-scan-spine` scans the segments, and `power-scan-evaluate` joins both
// at each point. On a GPU the segments of a workgroup are a group, and `power-scan-local` scans these segments too. Only the
// groups are then left to scan. Where they are few, there is no spine: each workgroup of `power-scan-evaluate` scans them.

/** The state of a point that no source precedes. */
export const NO_STATE = 0xffffffff;

/**
 * What is scanned after the segments: every segment by the spine; groups of segments by the spine; or few groups by each
 * workgroup of points.
 */
export type ScanParts = "segments" | "groups" | "few groups";

/**
 * One buffer, because a kernel may bind no more than eight. It has three lists of moments for each run:
 * - states, one for each source: of the sources of its segment up to this one, at this source;
 * - carries, where there are groups, one for each segment: of the segments before it in its group, at their last source;
 * - totals, one for each segment or group: of its sources, at the last of them. The spine replaces them by the moments of
 *   all segments or groups before, at the last source of these.
 */
const SCAN = ["array<moments>", "runs × (states, then carries where there are groups, then totals)"] as const;

/** A segment is `items` sources in sorted order, and a group `threads` segments. */
export const powerScanLocal = oncePerVariant((power: ScanPower, isGrouped: boolean) =>
  kernel(
    {
      name: "power-scan-local",
      does: "Computes the moments at each source of those up to it in its segment, and may scan the segments of a group",
      unit: "One workgroup = one group of segments (x) of one run (y), one thread = one segment",
    },
    {
      params: { source_count: ["u32", "of a run"], segments: ["u32", "of a run, a multiple of threads"] },
      reads: {
        sources: ["array<scan_source>", "segments / threads × items × threads"],
        ...(isGrouped
          ? ({
              spans: ["array<f32>", "segments: from the last source before a segment to its own last source"],
            } as const)
          : {}),
        weights: ["array<f32>", "runs × sources, unsorted"],
      },
      writes: { scan: SCAN },
      overrides: { threads: ["u32", "of a workgroup"], items: ["u32", "sources of a segment"] },
    },
    wgsl`
${powerMoments(power)}
#if ${isGrouped}
${stretches("threads")}
#endif

struct scan_source {
  weight: u32,     // its place among the weights of a run
  gap: f32,        // distance from the source before it, at least 0
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = group.x * items * threads + thread;
  let segment = group.x * threads + thread;
#if ${isGrouped}
  let states = group.y * (params.segments * items + params.segments + params.segments / threads);
#else
  let states = group.y * (params.segments * items + params.segments);
#endif
  let after_states = states + params.segments * items;
  var state = moments();
  for (var item = 0u; item < items; item++) {
    let source = sources[begin + item * threads];
    state = shifted(state, source.gap) + single(weights[group.y * params.source_count + source.weight]);
    scan[states + begin + item * threads] = state;
  }
#if ${isGrouped}
  let first = scan_threads(stretch(spans[segment], state), thread);
  scan[after_states + segment] = moments_before(first, thread);
  if (thread == threads - 1) { scan[after_states + params.segments + group.x] = sh_moments[first + thread]; }
#else
  scan[after_states + segment] = state;
#endif
}
`,
  ),
);

const partSpan = /* wgsl */ `
struct part_span {
  span: f32,       // from the last source before the part to its own last source
  reach: f32,      // from the last source before its thread's share of the parts to its own last source
}
`;

/**
 * The moments of a segment or group are summed from zero, and then joined to those of all before it. If sources were added
 * one after the other to these large sums, hundreds of equal steps would all be rounded the same way.
 */
export const powerScanSpine = oncePerVariant((power: ScanPower) =>
  gridKernel(
    {
      name: "power-scan-spine",
      does: "Replaces the moments of each segment or group by those of all sources before it, at the last of these",
      unit: "One workgroup = one run (x), one thread = some consecutive parts, segments or groups",
    },
    {
      params: {
        runs: ["u32", ""],
        parts: ["u32", "of a run"],
        share: ["u32", "parts of a thread"],
        before: ["u32", "moments of a run before those of its parts"],
      },
      reads: { part_spans: ["array<part_span>", "parts"] },
      writes: { scan: SCAN },
      overrides: { threads: ["u32", "of a workgroup"] },
    },
    {
      workgroups: ({ runs }) => checkedGrid(runs),
      work: ({ runs, parts }) => runs * parts * ELEMENT_WORK,
      main: wgsl`
${powerMoments(power)}
${partSpan}
${stretches("threads")}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let begin = min(thread * params.share, params.parts);
  let end = min(begin + params.share, params.parts);
  let base = group.x * (params.before + params.parts) + params.before;
  var own = stretch();
  for (var k = begin; k < end; k++) {
    own = stretch(part_spans[k].reach, shifted(own.moments, part_spans[k].span) + scan[base + k]);
  }
  let before = moments_before(scan_threads(own, thread), thread);
  own = stretch();
  for (var k = begin; k < end; k++) {
    let total = scan[base + k];
    scan[base + k] = shifted(before, own.span) + own.moments;
    own = stretch(part_spans[k].reach, shifted(own.moments, part_spans[k].span) + total);
  }
}
`,
    },
  ),
);

/** Up to so many groups count as few: each workgroup of `power-scan-evaluate` has a thread for each of them. */
export const FEW_GROUPS = ELEMENT_WORKGROUP;

/**
 * f at a point, from the moments of the sources up to it: those in the segment of the last of these sources, those in the
 * segments before it in its group, and those in the groups before. Without groups, the last two are those in all segments
 * before.
 */
export const powerScanEvaluate = oncePerVariant((power: ScanPower, end: ProductEnd, parts: ScanParts) => {
  const [isGrouped, scansGroups] = [parts !== "segments", parts === "few groups"];
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
        segments: ["u32", "of a run, a multiple of threads"],
      },
      reads: {
        points: ["array<scan_point>", ""],
        scan: SCAN,
        ...(scansGroups ? ({ part_spans: ["array<part_span>", "parts"] } as const) : {}),
        ...reads,
      },
      writes,
      overrides: { threads: ["u32", "segments of a group"], items: ["u32", "sources of a segment"] },
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
#if ${scansGroups}
${partSpan}
${stretches(ELEMENT_WORKGROUP)}
#endif

struct scan_point {
  state: u32,       // of the last source up to the point, ${NO_STATE} where there is none
  distance: f32,    // from that source, at least 0
  reach: f32,       // from the last source before its segment
#if ${isGrouped}
  group_reach: f32, // from the last source before its group
#else
  segment: u32,     // of that source
#endif
}

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
#if ${isGrouped}
  let groups_of_run = params.segments / threads;
  let states = group.z * (params.segments * items + params.segments + groups_of_run);
  let carries = states + params.segments * items;
  let totals = carries + params.segments;
#else
  let states = group.z * (params.segments * items + params.segments);
  let totals = states + params.segments * items;
#endif
#if ${scansGroups}
  var own = stretch();
  if (thread < groups_of_run) { own = stretch(part_spans[thread].span, scan[totals + thread]); }
  let first = scan_threads(own, thread);
#endif
  let index = (${ELEMENT_INDEX});
  if (index >= params.point_count) { return; }
  let point = points[index];
  var value = 0.0;
  if (point.state != ${NO_STATE}) {
    let in_segment = shifted(scan[states + point.state], point.distance);
#if ${isGrouped}
    let point_group = point.state / (threads * items);
    let segment = point_group * threads + point.state % threads;
    let in_group = in_segment + shifted(scan[carries + segment], point.reach);
#if ${scansGroups}
    let before = moments_before(first, point_group);
#else
    let before = scan[totals + point_group];
#endif
    value = highest(in_group + shifted(before, point.group_reach));
#else
    value = highest(in_segment + shifted(scan[totals + point.segment], point.reach));
#endif
  }
  write_output(group.z, group.z * params.point_count + index, value);
}
`,
    },
  );
});
