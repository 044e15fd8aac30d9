import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { ELEMENT_WORKGROUP, elementIndex } from "./shared/grid.ts";

/** Shares that are added one after the other before their sum joins a larger one: there are up to about 1000. */
const CHUNK = 32;

// Sums of the shares that workgroups have left of a product.
// One thread = one element of the sum.
export const sumShares = wgsl`
${elementIndex}

struct sum_params {
  length: u32,       // of a share
  count: u32,
}

@group(0) @binding(0) var<uniform> params: sum_params;
@group(0) @binding(1) var<storage, read> shares: array<f32>;         // count × length
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;     // length

@compute @workgroup_size(${ELEMENT_WORKGROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let index = element_index(group, groups, thread);
  if (index >= params.length) { return; }
  var sum = 0.0;
  for (var first = 0u; first < params.count; first += ${CHUNK}) {
    var chunk = 0.0;
    for (var share = first; share < min(params.count, first + ${CHUNK}); share++) {
      chunk += shares[share * params.length + index];
    }
    sum += chunk;
  }
  sums[index] = sum;
}
`;
