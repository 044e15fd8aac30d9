import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";

/** w ← w − α (aᵢ·w − yᵢ) aᵢ for rows i. Each run draws them with replacement, from a random sequence of its own. */
export const stochasticDescent = kernel(
  {
    name: "stochastic-descent",
    does: "Takes steps of stochastic gradient descent on single rows",
    unit: "One workgroup = one run (x); one thread = every `threads`-th column",
  },
  {
    params: {
      rows: ["u32", ""],
      cols: ["u32", ""],
      matrix_step: ["u32", "entries from the matrix of one run to that of the next; 0 where all runs share one"],
      steps: ["u32", "of this dispatch"],
      seed: ["u32", "of all random sequences"],
      rate: ["f32", "α"],
    },
    reads: {
      a: ["array<f32>", "rows × cols, row-major, one matrix for all runs or one for each"],
      targets: ["array<f32>", "runs × rows"],
    },
    writes: {
      weights: ["array<f32>", "runs × cols"],
      done: ["array<u32>", "runs: steps done"],
    },
    overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
  },
  wgsl`
var<workgroup> sh_sums: array<f32, threads>;

/// PCG's output permutation (Jarzynski & Olano 2020).
fn hash(input: u32) -> u32 {
  let state = input * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = group.x;
  let first_step = done[run];
  let stream = hash(params.seed + hash(run));
  for (var taken = 0u; taken < params.steps; taken++) {
    let row = hash(stream + hash(first_step + taken)) % params.rows;
    let entries = run * params.matrix_step + row * params.cols;
    var sum = 0.0;
    for (var col = thread; col < params.cols; col += threads) {
      sum += a[entries + col] * weights[run * params.cols + col];
    }
    sh_sums[thread] = sum;
    workgroupBarrier(); // each thread adds the parts of all
    var residual = -targets[run * params.rows + row];
    for (var part = 0u; part < threads; part++) { residual += sh_sums[part]; }
    // A thread reads and writes its own columns only, so that only the sum needs a barrier.
    for (var col = thread; col < params.cols; col += threads) {
      weights[run * params.cols + col] -= params.rate * residual * a[entries + col];
    }
    workgroupBarrier(); // before the next step's sums
  }
  if (thread == 0) { done[run] = first_step + params.steps; }
}
`,
);
