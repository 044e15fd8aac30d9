import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import { runningSum } from "./shared/sums.ts";

/**
 * A row whose remaining norm is this small makes no reflector. It is far below NEGLIGIBLE_NORM, and its square, 2⁻⁸⁰,
 * is accurate: squares of entries below 2⁻¹²⁶ may become 0 in float32, and 2²² of them change no digit of 2⁻⁸⁰.
 */
const SMALLEST_NORM = 2 ** -40;

/**
 * Householder reflectors, as the QR stores them; they are applied from the right. Reflector k, I − 2vvᵀ/(v·v), has
 * v = (0, …, 0, x[k] − β, x[k+1], …) with x the pivot row of step k and β = −sign(x[k])·|x[k…]|, entry k of the diagonal;
 * v·v = 2·|β|·|x[k] − β|. β = 0 stands for no reflector.
 */
export const reflector = /* wgsl */ `
/// Entry col of v from that of x; head = x[k] − β.
fn reflector_entry(entry: f32, col: u32, k: u32, head: f32) -> f32 {
  return select(select(0.0, entry, col > k), head, col == k);
}

/// 2(y·v)/(v·v): the reflector maps y to y minus this multiple of v. 0 where there is no reflector.
fn reflector_factor(product: f32, beta: f32, head: f32) -> f32 {
  return select(product / (abs(beta) * abs(head)), 0.0, beta == 0);
}
`;

/**
 * The pivot row is the remaining row of largest norm from entry k on, the first of equal ones. It is kept as it is, and
 * makes reflector k. The kernel applies this to the other remaining rows, and computes their norms from entry k + 1 on.
 * order[k…n−1] are the remaining rows, ascending, and norms[k…n−1] their norms. `rows` is a multiple of 4.
 */
export const pivotedQr = oncePerVariant(({ rows }: { rows: number }) =>
  kernel(
    {
      name: "pivoted-qr",
      does: "Takes one step k of a QR with row pivoting",
      unit: `One workgroup = ${rows} of the rows that remain after the step (x) of one matrix (y), which share the search for the pivot row and each read of it; one thread = every \`threads\`-th column`,
    },
    {
      params: {
        step: ["u32", "k"],
        rows: ["u32", "n"],
        working_rows: ["u32", ""],
        row_length: ["u32", "f32s of a row"],
        first_group: ["u32", "first workgroup of this dispatch"],
        ...opaqueZero,
      },
      reads: {
        norms: ["array<f32>", "batch × working_rows"],
        order: ["array<u32>", "batch × working_rows"],
      },
      writes: {
        next_norms: ["array<f32>", "as norms, for step k + 1"],
        next_order: ["array<u32>", "as order, for step k + 1"],
        working: ["array<f32>", "batch × working_rows × row_length"],
        pivots: ["array<u32>", "batch × working_rows: the row of step k"],
        diagonal: ["array<f32>", "batch × working_rows: L[k][k]"],
      },
      overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
    },
    wgsl`
var<workgroup> sh_longest: array<vec2u, threads>;
var<workgroup> sh_products: array<array<vec4f, ${rows / 4}>, threads>; // of the rows with v
var<workgroup> sh_squares: array<array<vec4f, ${rows / 4}>, threads>;  // of the rows, from entry k + 1 on

${reflector}
${runningSum("f32", "vec4f")}

/// Of two (bits of a norm, place), the one with the larger norm; of two equal norms, the one with the smaller place.
/// Bits of non-negative floats have the order of the floats.
fn longer(a: vec2u, b: vec2u) -> vec2u {
  return select(a, b, b.x > a.x || (b.x == a.x && b.y < a.y));
}

/// The place in order of the row at \`place\` of next_order, where the rows before the pivot row are one place further
/// on; for a place beyond the last one, the place of the pivot row.
fn order_place(place: u32, pivot_place: u32) -> u32 {
  return select(place, pivot_place, place >= params.rows) - select(0u, 1u, place <= pivot_place);
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let k = params.step;
  let first_row = group.y * params.working_rows;
  var longest = vec2u(0, params.rows);
  for (var place = k + thread; place < params.rows; place += threads) {
    longest = longer(longest, vec2u(bitcast<u32>(norms[first_row + place]), place));
  }
  sh_longest[thread] = longest;
  workgroupBarrier(); // each thread compares the longest rows of all
  for (var t = 0u; t < threads; t++) { longest = longer(longest, sh_longest[t]); }

  let norm = bitcast<f32>(longest.x);
  let pivot = order[first_row + longest.y];
  let x = (first_row + pivot) * params.row_length;
  let entry = working[x + k];
  let beta = select(0.0, select(norm, -norm, entry >= 0), norm > ${SMALLEST_NORM});
  let head = entry - beta;
  let own = params.first_group + group.x;
  if (own == 0 && thread == 0) {
    pivots[first_row + k] = pivot;
    diagonal[first_row + k] = beta;
  }

  let place = k + 1 + ${rows} * own;
  ${unroll(
    rows,
    (r) => `
  let at${r} = (first_row + order[first_row + order_place(place + ${r}, longest.y)]) * params.row_length;
  var sum${r} = sum_f32();`,
  )}
  let begin = k & ~3u; // so that four threads read 16 aligned bytes
  for (var col = begin + thread; col < params.row_length; col += threads) {
    let v = reflector_entry(working[x + col], col, k, head);
    ${unroll(rows, (r) => `sum${r} = added_f32(sum${r}, v * working[at${r} + col]);`)}
  }
  ${unroll(rows, (r) => `sh_products[thread][${r >> 2}][${r & 3}] = sum${r}.value;`)}
  workgroupBarrier(); // each thread adds the parts of all
  ${unroll(rows / 4, (i) => `var products${i} = sum_vec4f();`)}
  for (var t = 0u; t < threads; t++) {
    ${unroll(rows / 4, (i) => `products${i} = added_vec4f(products${i}, sh_products[t][${i}]);`)}
  }
  ${unroll(rows, (r) => `let factor${r} = reflector_factor(products${r >> 2}.value[${r & 3}], beta, head);`)}

  ${unroll(rows, (r) => `sum${r} = sum_f32();`)}
  for (var col = begin + thread; col < params.row_length; col += threads) {
    let v = reflector_entry(working[x + col], col, k, head);
    let measured = select(0.0, 1.0, col > k);
    ${unroll(
      rows,
      (r) => `if (place + ${r} < params.rows) {
      let reflected = working[at${r} + col] - factor${r} * v;
      working[at${r} + col] = reflected;
      sum${r} = added_f32(sum${r}, measured * (reflected * reflected));
    }`,
    )}
  }
  ${unroll(rows, (r) => `sh_squares[thread][${r >> 2}][${r & 3}] = sum${r}.value;`)}
  workgroupBarrier(); // one thread a row adds the parts of all
  for (var r = thread; r < ${rows} && place + r < params.rows; r += threads) {
    var square = sum_f32();
    for (var t = 0u; t < threads; t++) { square = added_f32(square, sh_squares[t][r / 4][r % 4]); }
    next_norms[first_row + place + r] = sqrt(square.value);
    next_order[first_row + place + r] = order[first_row + order_place(place + r, longest.y)];
  }
}
`,
  ),
);
