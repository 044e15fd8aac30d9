import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

/**
 * The updates of CGLS, with γ = ‖s/κ‖² and δ = ‖q/κ²‖² of the gradient s and of q = A·p, κ of about A's size so that both
 * are within float32 whatever A is:
 * "advance" w ← w + unit·(γ/δ)·p/κ², "retreat" r ← r − (γ/δ)·q/κ², "direction" p ← s + (γ/γ before)·p.
 */
export type ConjugateUpdate = "advance" | "retreat" | "direction";

const updates: Record<ConjugateUpdate, string> = {
  advance: "vectors[index] + units[run] * step_of(run) * (params.inverse * others[index])",
  retreat: "vectors[index] - step_of(run) * (params.inverse * others[index])",
  direction: "others[index] + ratio(gamma[run].x, gamma[run].y) * vectors[index]",
};

// One thread = one element of a run's vector.
export const conjugateUpdate = (update: ConjugateUpdate) => wgsl`
${elementIndex}

struct conjugate_params {
  length: u32,       // of a run's vector
  inverse: f32,      // 1/κ
}

@group(0) @binding(0) var<uniform> params: conjugate_params;
@group(0) @binding(1) var<storage, read> gamma: array<vec2f>;           // runs: ‖s‖², that of the step before
#if ${update !== "direction"}
@group(0) @binding(2) var<storage, read> delta: array<vec2f>;           // runs: ‖q‖²
@group(0) @binding(3) var<storage, read> others: array<f32>;            // runs × length
@group(0) @binding(4) var<storage, read_write> vectors: array<f32>;     // runs × length
#if ${update === "advance"}
@group(0) @binding(5) var<storage, read> units: array<f32>;             // runs: what r, s, p and q are counted in
#endif
#else
@group(0) @binding(2) var<storage, read> others: array<f32>;            // runs × length
@group(0) @binding(3) var<storage, read_write> vectors: array<f32>;     // runs × length
#endif

/// 0 where a run has converged and there is nothing left to divide by.
fn ratio(a: f32, b: f32) -> f32 {
  return select(a / b, 0.0, b == 0);
}

#if ${update !== "direction"}
fn step_of(run: u32) -> f32 {
  return params.inverse * ratio(gamma[run].x, delta[run].x);
}
#endif

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index >= arrayLength(&vectors)) { return; }
  let run = index / params.length;
  vectors[index] = ${updates[update]};
}
`;
