import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { reflector } from "./shared/reflector.ts";
import { unroll } from "./shared/unroll.ts";

/** Rows that one workgroup takes together, sharing the reads of the reflectors. */
export const REFLECTED_ROWS = 4;

// rows ← rows · H_{last−1} ⋯ H_first, with the reflectors of a pivoted QR: from [J 0], all of them make J·Q.
// One workgroup = 4 rows (x) of one matrix (y); each thread keeps to its own columns.
export const applyReflectors = wgsl`
struct reflect_params {
  first: u32,        // reflectors first … last − 1
  last: u32,
  working_rows: u32,
  cols: u32,         // vec4s of a row
}

@group(0) @binding(0) var<uniform> params: reflect_params;
@group(0) @binding(1) var<storage, read> factored: array<vec4f>;     // batch × working_rows × cols, as the QR left it
@group(0) @binding(2) var<storage, read> pivots: array<u32>;         // batch × working_rows
@group(0) @binding(3) var<storage, read> diagonal: array<f32>;       // batch × working_rows
@group(0) @binding(4) var<storage, read_write> rows: array<vec4f>;   // batch × working_rows × cols

override threads: u32; // see src/kernels/apply-reflectors.ts

var<workgroup> sh_products: array<vec4f, threads>; // of the 4 rows with v

${reflector}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first_row = group.y * params.working_rows;
  ${unroll(REFLECTED_ROWS, (r) => `let at${r} = (first_row + ${REFLECTED_ROWS} * group.x + ${r}) * params.cols;`)}
  for (var k = params.last; k > params.first;) {
    k--;
    let beta = diagonal[first_row + k];
    if (beta == 0) { continue; }
    let x = (first_row + pivots[first_row + k]) * params.cols;
    let begin = k / 4;
    let head = reflector_head(factored[x + begin], k, beta);
    let first_col = begin + (thread + threads - begin % threads) % threads;

    ${unroll(REFLECTED_ROWS, (r) => `var sum${r} = vec4f(0);`, " ")}
    for (var col = first_col; col < params.cols; col += threads) {
      let v = select(factored[x + col], head, col == begin);
      ${unroll(REFLECTED_ROWS, (r) => `sum${r} += v * rows[at${r} + col];`)}
    }
    sh_products[thread] = vec4f(${unroll(REFLECTED_ROWS, (r) => `dot(sum${r}, vec4f(1))`, ", ")});
    workgroupBarrier();
    var products = vec4f(0);
    for (var t = 0u; t < threads; t++) { products += sh_products[t]; }
    workgroupBarrier();
    let factors = products / (abs(beta) * abs(head[k % 4]));
    for (var col = first_col; col < params.cols; col += threads) {
      let v = select(factored[x + col], head, col == begin);
      ${unroll(REFLECTED_ROWS, (r) => `rows[at${r} + col] -= factors[${r}] * v;`)}
    }
  }
}
`;
