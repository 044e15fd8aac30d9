import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

// Counts a step: a dispatch of its own, because the kernels of a step read the count.
// One workgroup = one thread.
export const countStep = wgsl`
@group(0) @binding(0) var<storage, read_write> step: array<u32>;   // steps done

@compute @workgroup_size(1)
fn main() {
  step[0] += 1;
}
`;
