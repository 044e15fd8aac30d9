import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/** The powers p whose moments fit one vector. */
export type ScanPower = 0 | 1 | 2 | 3;

/** Bytes of `moments` as an array's element, by power. */
export const MOMENT_BYTES = [4, 8, 16, 16] as const;

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
export function powerMoments(power: ScanPower): string {
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

/** Moments of consecutive parts of the sources, joined across the threads of a workgroup. */
export const stretches = (threads: number | string) => wgsl`
/// Sources in a row: their moments at the last one, and its distance from the source before the first.
struct stretch {
  span: f32,
  moments: moments,
}

fn joined(a: stretch, b: stretch) -> stretch {
  return stretch(a.span + b.span, shifted(a.moments, b.span) + b.moments);
}

// Two halves: a round writes one while other threads still read the other, so that a round needs one barrier only.
var<workgroup> sh_spans: array<f32, 2 * ${threads}>;
var<workgroup> sh_moments: array<moments, 2 * ${threads}>;

/// Joins the stretches of threads 0 … t for each thread t (Hillis & Steele). Returns where those of thread 0 stand in
/// sh_moments.
fn scan_threads(own: stretch, thread: u32) -> u32 {
  var sum = own;
  var half = 0u;
  for (var reach = 1u; reach < ${threads}; reach *= 2) {
    sh_spans[half + thread] = sum.span;
    sh_moments[half + thread] = sum.moments;
    workgroupBarrier(); // the sums of the other threads are there to read
    if (thread >= reach) {
      let other = half + thread - reach;
      sum = joined(stretch(sh_spans[other], sh_moments[other]), sum);
    }
    half = ${threads} - half;
  }
  sh_moments[half + thread] = sum.moments;
  workgroupBarrier(); // all sums are complete
  return half;
}

/// The moments of the stretches of the threads before this one, after \`scan_threads\`.
fn moments_before(first: u32, thread: u32) -> moments {
  var before = moments();
  if (thread > 0) { before = sh_moments[first + thread - 1]; }
  return before;
}
`;
