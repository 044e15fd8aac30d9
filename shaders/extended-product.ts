import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { SUM_CHUNK, type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";
import { unroll } from "./shared/unroll.ts";

const TILE = 4; // rows and columns of the product that one thread sums
const THREADS = 8; // threads along each side of a workgroup

/** Rows and columns of the product that one workgroup sums. */
export const PRODUCT_TILE = TILE * THREADS;

// C = α·D + β·A·B in two-floats. D is nothing, the identity, or a matrix that lies as C does.
// One workgroup = a 32 × 32 tile of C of one matrix of the batch (z); one thread = a 4 × 4 tile.
export const extendedProduct = (form: TwoFloatForm) => wgsl`
// A matrix within a buffer of two-floats.
struct view {
  first: u32,
  row_step: u32,
  col_step: u32,
  matrix_step: u32, // from one matrix of the batch to the next
}

struct product_params {
  a: view,
  b: view,
  c: view,
  first_row: u32, // of C, at which this dispatch begins
  rows: u32,
  cols: u32,
  inner: u32,     // columns of A, rows of B
  addend: u32,    // 0: none, 1: the identity, 2: D
  opaque_zero: u32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<uniform> params: product_params;
@group(0) @binding(1) var<storage, read> A: array<two_float>;
@group(0) @binding(2) var<storage, read> B: array<two_float>;
@group(0) @binding(3) var<storage, read> D: array<two_float>;
@group(0) @binding(4) var<storage, read_write> C: array<two_float>;

${twoFloatArithmetic(form)}

fn write(row: u32, col: u32, matrix: u32, sum: two_float) {
  if (row < params.rows && col < params.cols) {
    let at = params.c.first + matrix * params.c.matrix_step + row * params.c.row_step + col * params.c.col_step;
    var addend = two_float(0, 0);
    if (params.addend == 1 && row == col) { addend = two_float(1, 0); }
    if (params.addend == 2) { addend = D[at]; }
    let product = tf_mul(two_float(params.beta, 0), sum);
    C[at] = tf_add(tf_mul(two_float(params.alpha, 0), addend), product);
  }
}

@compute @workgroup_size(${THREADS}, ${THREADS})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) thread: vec3u) {
  opaque_zero = params.opaque_zero;
  let row = params.first_row + (group.y * ${THREADS} + thread.y) * ${TILE};
  let col = (group.x * ${THREADS} + thread.x) * ${TILE};
  if (row >= params.rows || col >= params.cols) { return; }

  // Rows and columns beyond the edge are computed from the last one, and not written.
  let a = params.a.first + group.z * params.a.matrix_step;
  let b = params.b.first + group.z * params.b.matrix_step;
  ${unroll(TILE, (i) => `let a${i} = a + min(row + ${i}, params.rows - 1) * params.a.row_step;`)}
  ${unroll(TILE, (j) => `let b${j} = b + min(col + ${j}, params.cols - 1) * params.b.col_step;`)}
  ${unroll(TILE * TILE, (i) => `var total${i} = two_float(0, 0);`, " ")}
  for (var chunk = 0u; chunk < params.inner; chunk += ${SUM_CHUNK}) {
    ${unroll(TILE * TILE, (i) => `var sum${i} = two_float(0, 0);`, " ")}
    for (var k = chunk; k < min(params.inner, chunk + ${SUM_CHUNK}); k++) {
      ${unroll(TILE, (i) => `let left${i} = A[a${i} + k * params.a.col_step];`)}
      ${unroll(
        TILE,
        (j) => `{
        let right = B[b${j} + k * params.b.row_step];
        ${unroll(TILE, (i) => `sum${i * TILE + j} = tf_accumulate(sum${i * TILE + j}, left${i}, right);`)}
      }`,
      )}
    }
    ${unroll(TILE * TILE, (i) => `total${i} = tf_add(total${i}, tf_sum(sum${i}));`)}
  }
  ${unroll(TILE * TILE, (i) => `write(row + ${Math.floor(i / TILE)}, col + ${i % TILE}, group.z, total${i});`)}
}
`;
