import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import type { Workgroups } from "../src/gpu/schedule.ts";
import { checkedGrid } from "../src/gpu/workgroups.ts";
import { SUM_WORKGROUP, sumOfSquares } from "./shared/sums.ts";

const unit = "One workgroup = one run (x)";
const params = {
  length: ["u32", "of a run's vector"],
  runs: ["u32", ""],
  scale: ["f32", "a factor of the vector"],
} as const;
const vectors = ["array<f32>", "runs × length"] as const;
const writes = { squares: ["array<vec2f>", "runs: the new squared norm, and the one before it"] } as const;

const body = (square: string) => ({
  workgroups: ({ runs }: { runs: number }): Workgroups => checkedGrid(runs),
  work: ({ length, runs }: { length: number; runs: number }) => runs * length,
  main: wgsl`
${sumOfSquares("vectors")}

@compute @workgroup_size(${SUM_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let sum = sum_of_squares(group.x * params.length, params.length, params.scale, thread);
  if (thread != 0) { return; }
  squares[group.x] = vec2f(${square}, squares[group.x].x);
}
`,
});

export const normSquare = gridKernel(
  { name: "norm-square", does: "Computes the squared norm of each run's vector, and keeps the one before it", unit },
  { params, reads: { vectors }, writes },
  body("sum"),
);

export const flooredNormSquare = gridKernel(
  {
    name: "norm-square, floored",
    does: "As norm-square, except that a squared norm counts as 0 up to a share of another vector's",
    unit,
  },
  {
    params: { ...params, share: ["f32", "of the other vector's squared norm"] },
    reads: { vectors, others: ["array<vec2f>", "runs: the other vector's squared norm, and the one before it"] },
    writes,
  },
  body("select(sum, 0.0, sum <= params.share * others[group.x].x)"),
);
