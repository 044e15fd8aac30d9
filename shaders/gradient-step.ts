import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

const ROW_GROUPS = 4; // threads that share one column's product

/** Columns that one workgroup multiplies. */
export const GRADIENT_COLS = 16;

// One step of gradient descent, w ← w − α Aᵀr, of a batch of runs; counts the step.
// One workgroup = 16 columns of A (x) for one run (y); one thread = one row in four of a column.
export const gradientStep = wgsl`
struct gradient_params {
  rows: u32,
  cols: u32,
  matrix_step: u32,  // entries from the matrix of one run to that of the next; 0 where all share one
}

@group(0) @binding(0) var<uniform> params: gradient_params;
@group(0) @binding(1) var<storage, read> a: array<f32>;              // rows × cols, row-major
@group(0) @binding(2) var<storage, read> residuals: array<f32>;      // runs × rows
@group(0) @binding(3) var<storage, read> rates: array<f32>;          // runs: α
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;  // runs × cols
@group(0) @binding(5) var<storage, read_write> step: array<u32>;     // steps taken

var<workgroup> sh_parts: array<f32, ${GRADIENT_COLS * ROW_GROUPS}>;

@compute @workgroup_size(${GRADIENT_COLS * ROW_GROUPS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let col = group.x * ${GRADIENT_COLS} + thread % ${GRADIENT_COLS};
  let begin = group.y * params.matrix_step + col;
  var sum = 0.0;
  if (col < params.cols) {
    for (var row = thread / ${GRADIENT_COLS}; row < params.rows; row += ${ROW_GROUPS}) {
      sum += a[begin + row * params.cols] * residuals[group.y * params.rows + row];
    }
  }
  sh_parts[thread] = sum;
  workgroupBarrier();

  if (thread >= ${GRADIENT_COLS}) { return; }
  for (var part = 1u; part < ${ROW_GROUPS}; part++) { sum += sh_parts[thread + part * ${GRADIENT_COLS}]; }
  if (col < params.cols) { weights[group.y * params.cols + col] -= rates[group.y] * sum; }
  if (group.x == 0 && group.y == 0 && thread == 0) { step[0] += 1; }
}
`;
