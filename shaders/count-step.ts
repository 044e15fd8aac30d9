import { gridKernel } from "../src/gpu/kernel.ts";

/** A dispatch of its own, because the kernels of a step read the count. */
export const countStep = gridKernel(
  { name: "count-step", does: "Counts a step", unit: "One workgroup = one thread" },
  { writes: { step: ["array<u32>", "1: steps done"] } },
  {
    workgroups: () => [1, 1, 1],
    work: () => 1,
    main: /* wgsl */ `
@compute @workgroup_size(1)
fn main() {
  step[0] += 1;
}
`,
  },
);
