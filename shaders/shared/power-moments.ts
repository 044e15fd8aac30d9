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

// The same weights' moments at t + h.
fn shifted(m: moments, h: f32) -> moments {
  return ${shifted};
}

// The moments of one weight at its own source.
fn single(weight: f32) -> moments {
  return ${single};
}

// Σ_j w_j·(t − s_j)^p
fn highest(m: moments) -> f32 {
  return ${highest};
}
`;
}
