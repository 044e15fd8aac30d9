import { elementKernel } from "../src/gpu/kernel.ts";

// The updates of CGLS, with γ = ‖s/κ‖² of the gradient s and δ = ‖q/κ²‖² of q = A·p. κ has about the size of A, so that
// both are within float32 for any A.

const element = "element of a run's vector";
const params = { length: ["u32", "of a run's vector"], runs: ["u32", ""], inverse: ["f32", "1/κ"] } as const;
const gamma = ["array<vec2f>", "runs: ‖s/κ‖², and that of the step before"] as const;
const delta = ["array<vec2f>", "runs: ‖q/κ²‖²"] as const;
const others = ["array<f32>", "runs × length"] as const;
const writes = { vectors: others } as const;
const elements = ({ length, runs }: { length: number; runs: number }) => runs * length;

const ratio = /* wgsl */ `
/// a/b; 0 where b = 0, because the run has converged.
fn ratio(a: f32, b: f32) -> f32 {
  return select(a / b, 0.0, b == 0);
}
`;

const step = /* wgsl */ `${ratio}
fn step_of(run: u32) -> f32 {
  return params.inverse * ratio(gamma[run].x, delta[run].x);
}
`;

const inRun = "let run = index / params.length;";

export const conjugateAdvance = elementKernel(
  { name: "conjugate-advance", does: "Advances the weights of CGLS: w ← w + unit·(γ/δ)·p/κ²", element },
  {
    params,
    reads: { gamma, delta, others, units: ["array<f32>", "runs: the unit of r, s, p and q"] },
    writes,
  },
  {
    elements,
    helpers: step,
    each: `${inRun}
  vectors[index] = vectors[index] + units[run] * step_of(run) * (params.inverse * others[index]);`,
  },
);

export const conjugateRetreat = elementKernel(
  { name: "conjugate-retreat", does: "Updates the residual of CGLS: r ← r − (γ/δ)·q/κ²", element },
  { params, reads: { gamma, delta, others }, writes },
  {
    elements,
    helpers: step,
    each: `${inRun}
  vectors[index] = vectors[index] - step_of(run) * (params.inverse * others[index]);`,
  },
);

export const conjugateDirection = elementKernel(
  { name: "conjugate-direction", does: "Makes the next direction of CGLS: p ← s + (γ/γ before)·p", element },
  { params, reads: { gamma, others }, writes },
  {
    elements,
    helpers: ratio,
    each: `${inRun}
  vectors[index] = others[index] + ratio(gamma[run].x, gamma[run].y) * vectors[index];`,
  },
);
