import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";

/**
 * For matrices so small that a dispatch would cost more than the step itself:
 *   r = A·p − targets,  d ← momentum·d − rate·Aᵀr,  w ← w + d,  p ← w + extrapolation·d
 */
export const smallDescent = kernel(
  {
    name: "small-descent",
    does: "Takes many steps of a linear method with momentum on small matrices",
    unit: "One workgroup = one run (x); one thread = every `threads`-th row, then every `threads`-th column",
  },
  {
    params: {
      rows: ["u32", ""],
      cols: ["u32", ""],
      matrix_step: ["u32", "entries from the matrix of one run to that of the next; 0 where all runs share one"],
      methods: ["u32", "rows of a step's coefficients: one for all runs, or one for each"],
      table: ["u32", "steps of the table of coefficients, which repeats"],
      steps: ["u32", "of this dispatch"],
    },
    reads: {
      a: ["array<f32>", "rows × cols, row-major, one matrix for all runs or one for each"],
      targets: ["array<f32>", "runs × rows"],
      coefficients: ["array<vec4f>", "table × methods: momentum, rate, extrapolation"],
    },
    writes: {
      weights: ["array<f32>", "runs × cols"],
      velocity: ["array<f32>", "runs × cols"],
      point: ["array<f32>", "runs × cols"],
      progress: ["array<progress_of_run>", "runs"],
    },
    overrides: {
      threads: ["u32", "see src/adapter/shapes.ts"],
      most_rows: ["u32", "at least rows"],
      most_cols: ["u32", "at least cols"],
    },
  },
  wgsl`
struct progress_of_run {
  step: u32,         // steps done
  limit: u32,        // bits of the largest |residual| allowed
  diverged: u32,     // the first step beyond it
}

var<workgroup> sh_residuals: array<f32, most_rows>;
var<workgroup> sh_point: array<f32, most_cols>;
var<workgroup> sh_diverged: atomic<u32>;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = group.x;
  let entries = run * params.matrix_step;
  let first_step = progress[run].step;
  let limit = progress[run].limit;
  for (var col = thread; col < params.cols; col += threads) { sh_point[col] = point[run * params.cols + col]; }
  if (thread == 0) { atomicStore(&sh_diverged, progress[run].diverged); }
  workgroupBarrier(); // each thread reads the whole point

  for (var taken = 0u; taken < params.steps; taken++) {
    let step = first_step + taken;
    for (var row = thread; row < params.rows; row += threads) {
      var sum = -targets[run * params.rows + row];
      for (var col = 0u; col < params.cols; col++) { sum += a[entries + row * params.cols + col] * sh_point[col]; }
      sh_residuals[row] = sum;
      if ((bitcast<u32>(sum) & 0x7fffffffu) > limit) { atomicMin(&sh_diverged, step); }
    }
    workgroupBarrier(); // each thread reads all residuals
    let own = coefficients[(step % params.table) * params.methods + select(run, 0u, params.methods == 1)];
    for (var col = thread; col < params.cols; col += threads) {
      var gradient = 0.0;
      for (var row = 0u; row < params.rows; row++) { gradient += a[entries + row * params.cols + col] * sh_residuals[row]; }
      let index = run * params.cols + col;
      let moved = own.x * velocity[index] - own.y * gradient;
      let weight = weights[index] + moved;
      velocity[index] = moved;
      weights[index] = weight;
      sh_point[col] = weight + own.z * moved;
    }
    workgroupBarrier(); // the next step reads the whole point
  }

  for (var col = thread; col < params.cols; col += threads) { point[run * params.cols + col] = sh_point[col]; }
  if (thread == 0) {
    progress[run].step = first_step + params.steps;
    progress[run].diverged = atomicLoad(&sh_diverged);
  }
}
`,
);
