import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, ELEMENT_WORK } from "../src/gpu/workgroups.ts";
import { powerMoments, type ScanPower } from "./shared/power-moments.ts";

/**
 * Each step is taken from zero and joined to what was before: added to the large sums of that, hundreds of equal steps would
 * all be rounded the same way.
 */
export const powerScanSpine = oncePerVariant((power: ScanPower) =>
  gridKernel(
    {
      name: "power-scan-spine",
      does: "Replaces the moments of each segment by those of all sources before it, at the last of these",
      unit: "One workgroup = one run (x), one thread = a share of its segments, in a row",
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
  span: f32,       // of a segment, from the last source before it to its own last
  reach: f32,      // the same from the last source before its share
}

// Sources in a row: their moments at the last one, and its distance from the one before the first.
struct stretch {
  span: f32,
  moments: moments,
}

fn joined(a: stretch, b: stretch) -> stretch {
  return stretch(a.span + b.span, shifted(a.moments, b.span) + b.moments);
}

// Twice, so that a round writes one half while others still read the other, and one barrier a round will do.
var<workgroup> sh_spans: array<f32, 2 * threads>;
var<workgroup> sh_moments: array<moments, 2 * threads>;

// The moments of the shares of threads 0 … thread − 1, joined (Hillis & Steele).
fn scan_threads(own: stretch, thread: u32) -> moments {
  var sum = own;
  var half = 0u;
  for (var reach = 1u; reach < threads; reach *= 2) {
    sh_spans[half + thread] = sum.span;
    sh_moments[half + thread] = sum.moments;
    workgroupBarrier();
    if (thread >= reach) {
      let other = half + thread - reach;
      sum = joined(stretch(sh_spans[other], sh_moments[other]), sum);
    }
    half = threads - half;
  }
  sh_moments[half + thread] = sum.moments;
  workgroupBarrier();
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
