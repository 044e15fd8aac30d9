import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

// Keeps the weights of the runs whose loss says so.
// One thread = one weight of a run.
export const keepWeights = wgsl`
${elementIndex}

struct keep_params {
  cols: u32,
}

@group(0) @binding(0) var<uniform> params: keep_params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;             // runs × cols
@group(0) @binding(2) var<storage, read> keep: array<u32>;                // runs
@group(0) @binding(3) var<storage, read_write> kept_weights: array<f32>;  // runs × cols

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index >= arrayLength(&weights)) { return; }
  if (keep[index / params.cols] == 1) { kept_weights[index] = weights[index]; }
}
`;
