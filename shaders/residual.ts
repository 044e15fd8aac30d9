import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

const LANES = 8; // threads that share one row's product

/** Rows that one workgroup multiplies. */
export const RESIDUAL_ROWS = 8;

// Residuals r = A·w − y of a batch of runs. With `watch`, an entry beyond its run's limit notes the step as diverged.
// One workgroup = 8 rows of A (x) for one run (y); one thread = one eighth of a row, one entry in eight.
export const residual = ({ watch }: { watch: boolean }) => wgsl`
struct residual_params {
  rows: u32,
  cols: u32,
  matrix_step: u32,  // entries from the matrix of one run to that of the next; 0 where all share one
}

@group(0) @binding(0) var<uniform> params: residual_params;
@group(0) @binding(1) var<storage, read> a: array<f32>;                // rows × cols, row-major
@group(0) @binding(2) var<storage, read> weights: array<f32>;          // runs × cols
@group(0) @binding(3) var<storage, read> targets: array<f32>;          // runs × rows
#if ${watch}
@group(0) @binding(4) var<storage, read> limits: array<u32>;           // runs: bits of the largest |residual| allowed
@group(0) @binding(5) var<storage, read> step: array<u32>;             // the step under way
@group(0) @binding(6) var<storage, read_write> residuals: array<f32>;  // runs × rows
@group(0) @binding(7) var<storage, read_write> diverged: array<atomic<u32>>; // runs: first step beyond the limit
#else
@group(0) @binding(4) var<storage, read_write> residuals: array<f32>;  // runs × rows
#endif

var<workgroup> sh_parts: array<f32, ${RESIDUAL_ROWS * LANES}>;

@compute @workgroup_size(${RESIDUAL_ROWS * LANES})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = group.x * ${RESIDUAL_ROWS} + thread / ${LANES};
  let begin = group.y * params.matrix_step + row * params.cols;
  var sum = 0.0;
  if (row < params.rows) {
    for (var col = thread % ${LANES}; col < params.cols; col += ${LANES}) {
      sum += a[begin + col] * weights[group.y * params.cols + col];
    }
  }
  sh_parts[thread] = sum;
  workgroupBarrier();

  if (thread % ${LANES} != 0 || row >= params.rows) { return; }
  for (var lane = 1u; lane < ${LANES}; lane++) { sum += sh_parts[thread + lane]; }
  let value = sum - targets[group.y * params.rows + row];
  residuals[group.y * params.rows + row] = value;
#if ${watch}
  // Bits of non-negative floats order like the floats, with infinity and NaN behind all others.
  if ((bitcast<u32>(value) & 0x7fffffffu) > limits[group.y]) { atomicMin(&diverged[group.y], step[0]); }
#endif
}
`;
