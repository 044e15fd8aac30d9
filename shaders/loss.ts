import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel, gridKernel } from "../src/gpu/kernel.ts";
import { checkedGrid } from "../src/gpu/workgroups.ts";
import { SUM_WORKGROUP, sumOfSquares } from "./shared/sums.ts";

/**
 * A run's weights are to be kept where its loss is below its bound. The bound then falls to this loss; or to 0 where
 * the weights of the first such step are wanted, so that no later ones replace them.
 */
export const loss = gridKernel(
  {
    name: "loss",
    does: "Records the mean square of each run's scaled residual, and whether the run's weights are to be kept now",
    unit: "One workgroup = one run (x)",
  },
  {
    params: {
      rows: ["u32", ""],
      runs: ["u32", ""],
      keep_first: ["u32", "1: the bound falls to 0"],
    },
    reads: {
      residuals: ["array<f32>", "runs × rows"],
      scales: ["array<f32>", "runs: factors that bring the residuals to about 1"],
    },
    writes: {
      recorded: ["array<u32>", "runs: losses recorded"],
      losses: ["array<f32>", "records × runs"],
      bounds: ["array<f32>", "runs: weights are kept where the loss is below it"],
      kept: ["array<u32>", "runs: number of the record whose weights are kept, from 1"],
      keep: ["array<u32>", "runs: 1 where the weights are to be kept now"],
    },
  },
  {
    workgroups: ({ runs }) => checkedGrid(runs),
    work: ({ rows, runs }) => runs * rows,
    main: wgsl`
${sumOfSquares("residuals")}

@compute @workgroup_size(${SUM_WORKGROUP})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = group.x;
  let sum = sum_of_squares(run * params.rows, params.rows, scales[run], thread);
  if (thread != 0) { return; }
  let value = sum / f32(params.rows);
  losses[recorded[run] * params.runs + run] = value;
  recorded[run] += 1;
  let better = value < bounds[run];
  keep[run] = u32(better);
  if (better) {
    kept[run] = recorded[run];
    bounds[run] = select(value, 0.0, params.keep_first == 1);
  }
}
`,
  },
);

export const keepWeights = elementKernel(
  { name: "keep-weights", does: "Copies the weights of the runs that `loss` marks", element: "weight of a run" },
  {
    params: { cols: ["u32", "weights of a run"], runs: ["u32", ""] },
    reads: { weights: ["array<f32>", "runs × cols"], keep: ["array<u32>", "runs: 1 where they are to be kept"] },
    writes: { kept: ["array<f32>", "runs × cols"] },
  },
  {
    elements: ({ cols, runs }) => runs * cols,
    each: /* wgsl */ `if (keep[index / params.cols] == 1) { kept[index] = weights[index]; }`,
  },
);
