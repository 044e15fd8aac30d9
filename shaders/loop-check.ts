import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * As many turns of a loop as it is told of, so that a host can tell whether this driver takes all of them: each turn
 * makes one number of a linear congruential sequence from the one before. One workgroup = one thread.
 */
export const loopCheck = wgsl`
struct check_params {
  turns: u32,
}

@group(0) @binding(0) var<uniform> params: check_params;
@group(0) @binding(1) var<storage, read_write> last: array<u32>;    // 1: the last number of the sequence from 0 on

@compute @workgroup_size(1)
fn main() {
  var state = 0u;
  for (var turn = 0u; turn < params.turns; turn++) { state = state * 1664525u + 1013904223u; }
  last[0] = state;
}
`;
