import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import { SUM_CHUNK, type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

const TILE = 4; // rows and columns of the product that one thread sums
const THREADS = 8; // threads along each side of a workgroup

/** Rows and columns of the product that one workgroup sums. */
export const PRODUCT_TILE = TILE * THREADS;

/** `members` with the name of a matrix in front of theirs. */
export function placed<const N extends string, M extends object>(matrix: N, members: M) {
  const named = Object.entries(members).map(([name, value]) => [`${matrix}_${name}`, value]);
  return Object.fromEntries(named) as { readonly [K in keyof M & string as `${N}_${K}`]: M[K] };
}

/** Where a matrix lies in a buffer of two-floats. */
const view = {
  first: ["u32", "its first entry"],
  row_step: ["u32", "from one of its rows to the next"],
  col_step: ["u32", "from one of its columns to the next"],
  matrix_step: ["u32", "from one matrix of the batch to the next"],
} as const;

/** D is 0, the identity, or a matrix with the places of C. */
export const extendedProduct = oncePerVariant((form: TwoFloatForm) =>
  kernel(
    {
      name: "extended-product",
      does: "Computes C = α·D + β·A·B in two-floats",
      unit: `One workgroup = a ${PRODUCT_TILE} × ${PRODUCT_TILE} tile of C of one matrix (z); one thread = a ${TILE} × ${TILE} tile`,
    },
    {
      params: {
        ...placed("a", view),
        ...placed("b", view),
        ...placed("c", view),
        first_row: ["u32", "first row of C in this dispatch"],
        rows: ["u32", ""],
        cols: ["u32", ""],
        inner: ["u32", "columns of A, rows of B"],
        addend: ["u32", "0: D is 0, 1: D is the identity, 2: D is the buffer"],
        ...opaqueZero,
        alpha: ["f32", ""],
        beta: ["f32", ""],
      },
      reads: {
        A: ["array<two_float>", "see a_first"],
        B: ["array<two_float>", "see b_first"],
        D: ["array<two_float>", "as C; read where addend is 2"],
      },
      writes: { C: ["array<two_float>", "see c_first"] },
    },
    wgsl`
${twoFloatArithmetic(form)}

fn write(row: u32, col: u32, matrix: u32, sum: two_float) {
  if (row < params.rows && col < params.cols) {
    let at = params.c_first + matrix * params.c_matrix_step + row * params.c_row_step + col * params.c_col_step;
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
  let a = params.a_first + group.z * params.a_matrix_step;
  let b = params.b_first + group.z * params.b_matrix_step;
  ${unroll(TILE, (i) => `let a${i} = a + min(row + ${i}, params.rows - 1) * params.a_row_step;`)}
  ${unroll(TILE, (j) => `let b${j} = b + min(col + ${j}, params.cols - 1) * params.b_col_step;`)}
  ${unroll(TILE * TILE, (i) => `var total${i} = two_float(0, 0);`, " ")}
  for (var chunk = 0u; chunk < params.inner; chunk += ${SUM_CHUNK}) {
    ${unroll(TILE * TILE, (i) => `var sum${i} = two_float(0, 0);`, " ")}
    for (var k = chunk; k < min(params.inner, chunk + ${SUM_CHUNK}); k++) {
      ${unroll(TILE, (i) => `let left${i} = A[a${i} + k * params.a_col_step];`)}
      ${unroll(
        TILE,
        (j) => `{
        let right = B[b${j} + k * params.b_row_step];
        ${unroll(TILE, (i) => `sum${i * TILE + j} = tf_accumulate(sum${i * TILE + j}, left${i}, right);`)}
      }`,
      )}
    }
    ${unroll(TILE * TILE, (i) => `total${i} = tf_add(total${i}, tf_sum(sum${i}));`)}
  }
  ${unroll(TILE * TILE, (i) => `write(row + ${Math.floor(i / TILE)}, col + ${i % TILE}, group.z, total${i});`)}
}
`,
  ),
);
