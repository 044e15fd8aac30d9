import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// Coefficients in the basis of singular vectors, each multiplied by its filter factor.
// One thread = one coefficient.
export const scaleCoefficients = wgsl`
${elementIndex}

@group(0) @binding(0) var<storage, read> coefficients: array<f32>;   // runs × components
@group(0) @binding(1) var<storage, read> factors: array<f32>;        // runs × components
@group(0) @binding(2) var<storage, read_write> scaled: array<f32>;   // runs × components

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index < arrayLength(&coefficients)) { scaled[index] = factors[index] * coefficients[index]; }
}
`;
