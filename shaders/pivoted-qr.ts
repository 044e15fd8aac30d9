import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { reflector } from "./shared/reflector.ts";
import { unroll } from "./shared/unroll.ts";

/** Remaining rows that one workgroup reflects, sharing the search for the pivot row and the reads of it. */
export const STEP_ROWS = 4;

/**
 * A remaining norm this small makes no reflector. It lies far below NEGLIGIBLE_NORM, and is as small as a norm may be of
 * whose square the terms too small for f32 are no digit, in up to 2²² entries.
 */
const SMALLEST_NORM = 2 ** -40;

// One step k of a QR with row pivoting: the remaining row of largest norm from entry k on, the first of equals, becomes
// reflector k and stays as it is; the reflector is applied to the other remaining rows, and their norms from entry
// k + 1 on are measured. order[k…n−1] are the remaining rows, ascending, and norms[k…n−1] their norms.
// One workgroup = 4 of the rows that remain after the step (x) of one matrix (y).
export const pivotedQr = wgsl`
struct step_params {
  step: u32,         // k
  rows: u32,         // n
  working_rows: u32,
  cols: u32,         // vec4s of a row
}

@group(0) @binding(0) var<uniform> params: step_params;
@group(0) @binding(1) var<storage, read> norms: array<f32>;            // batch × working_rows
@group(0) @binding(2) var<storage, read> order: array<u32>;            // batch × working_rows
@group(0) @binding(3) var<storage, read_write> next_norms: array<f32>; // as norms and order, for step k + 1
@group(0) @binding(4) var<storage, read_write> next_order: array<u32>;
@group(0) @binding(5) var<storage, read_write> working: array<vec4f>;  // batch × working_rows × cols
@group(0) @binding(6) var<storage, read_write> pivots: array<u32>;     // batch × working_rows: the row of step k
@group(0) @binding(7) var<storage, read_write> diagonal: array<f32>;   // batch × working_rows: L[k][k]

override threads: u32; // see src/kernels/pivoted-qr.ts

var<workgroup> sh_longest: array<vec2u, threads>;
var<workgroup> sh_products: array<vec4f, threads>; // of the 4 rows with v
var<workgroup> sh_squares: array<vec4f, threads>;  // of the 4 rows, from entry k + 1 on

${reflector}

/// Of two (bits of a norm, place), the longer one, at the smaller place of equals. Norms compare by their bits.
fn longer(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

/// The place in order of what stands at place of next_order; beyond the last, of the pivot row itself.
fn order_place(place: u32, pivot_place: u32) -> u32 {
  return select(place, pivot_place, place >= params.rows) - select(0u, 1u, place <= pivot_place);
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = params.step;
  let first_row = group.y * params.working_rows;
  var longest = vec2u(0, params.rows);
  for (var place = k + thread; place < params.rows; place += threads) {
    longest = longer(longest, vec2u(bitcast<u32>(norms[first_row + place]), place));
  }
  sh_longest[thread] = longest;
  workgroupBarrier();
  for (var t = 0u; t < threads; t++) { longest = longer(longest, sh_longest[t]); }

  let norm = bitcast<f32>(longest.x);
  let pivot = order[first_row + longest.y];
  let x = (first_row + pivot) * params.cols;
  let begin = k / 4;
  let values = working[x + begin];
  let reflects = norm > ${SMALLEST_NORM};
  let beta = select(0.0, select(norm, -norm, values[k % 4] >= 0), reflects);
  if (group.x == 0 && thread == 0) {
    pivots[first_row + k] = pivot;
    diagonal[first_row + k] = beta;
  }
  let head = reflector_head(values, k, beta);

  // The rows before the pivot row move up by one place, into that of step k. Places beyond the last read another row.
  let place = k + 1 + ${STEP_ROWS} * group.x;
  ${unroll(
    STEP_ROWS,
    (r) => `
  let row${r} = order[first_row + order_place(place + ${r}, longest.y)];
  let at${r} = (first_row + row${r}) * params.cols;
  var sum${r} = vec4f(0);`,
  )}
  for (var col = begin + thread; col < params.cols; col += threads) {
    let v = select(working[x + col], head, col == begin);
    ${unroll(STEP_ROWS, (r) => `sum${r} += v * working[at${r} + col];`)}
  }
  sh_products[thread] = vec4f(${unroll(STEP_ROWS, (r) => `dot(sum${r}, vec4f(1))`, ", ")});
  workgroupBarrier();
  var products = vec4f(0);
  for (var t = 0u; t < threads; t++) { products += sh_products[t]; }
  let half_square = norm * abs(head[k % 4]);
  let factors = select(vec4f(0), products / half_square, reflects);

  let behind = select(vec4f(0), vec4f(1), vec4u(0, 1, 2, 3) > vec4u(k % 4));
  ${unroll(STEP_ROWS, (r) => `sum${r} = vec4f(0);`, " ")}
  for (var col = begin + thread; col < params.cols; col += threads) {
    let v = select(working[x + col], head, col == begin);
    let measured = select(vec4f(1), behind, col == begin);
    ${unroll(
      STEP_ROWS,
      (r) => `if (place + ${r} < params.rows) {
      let reflected = working[at${r} + col] - factors[${r}] * v;
      working[at${r} + col] = reflected;
      sum${r} += measured * reflected * reflected;
    }`,
    )}
  }
  sh_squares[thread] = vec4f(${unroll(STEP_ROWS, (r) => `dot(sum${r}, vec4f(1))`, ", ")});
  workgroupBarrier();
  if (thread < ${STEP_ROWS} && place + thread < params.rows) {
    var square = 0.0;
    for (var t = 0u; t < threads; t++) { square += sh_squares[t][thread]; }
    next_norms[first_row + place + thread] = sqrt(square);
    next_order[first_row + place + thread] = vec4u(row0, row1, row2, row3)[thread];
  }
}
`;
