import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";

/** Each turn makes one number of a linear congruential sequence from the one before. */
export const loopCheck = gridKernel(
  {
    name: "loop-check",
    does: "Takes as many turns of a loop as it is told of, so that a host can tell whether this driver takes all of them",
    unit: "One workgroup = one thread",
  },
  {
    params: { turns: ["u32", ""] },
    writes: { last: ["array<u32>", "1: the last number of the sequence from 0 on"] },
  },
  {
    workgroups: () => [1, 1, 1],
    work: ({ turns }) => turns,
    main: wgsl`
@compute @workgroup_size(1)
fn main() {
  var state = 0u;
  for (var turn = 0u; turn < params.turns; turn++) { state = state * 1664525u + 1013904223u; }
  last[0] = state;
}
`,
  },
);
