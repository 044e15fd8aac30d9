import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { reflector } from "./shared/reflector.ts";
import { unroll } from "./shared/unroll.ts";

/** Reflectors that are applied in one pass over the rows. */
export const REFLECTORS_A_PASS = 4;

// rows ← rows · H_{last−1} ⋯ H_first, with the reflectors of a pivoted QR: from [J 0], all of them make J·Q.
// Four reflectors at a time: x·H₃H₂H₁H₀ = x − Σ f_i·v_i, where f_i comes of x·v_i and of the products of the v's
// (Schreiber & Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989), all summed in one pass, and a second one writes.
// One workgroup = `rows` rows (x) of one matrix (y), which share the reads of the reflectors; each thread keeps to its
// own columns.
export const applyReflectors = ({ rows }: { rows: number }) => wgsl`
struct reflect_params {
  first: u32,        // reflectors first … last − 1; first is a multiple of 4
  last: u32,
  working_rows: u32,
  row_length: u32,   // f32s of a row
  first_group: u32,  // workgroup at which this dispatch begins
}

@group(0) @binding(0) var<uniform> params: reflect_params;
@group(0) @binding(1) var<storage, read> factored: array<f32>;      // batch × working_rows × row_length, as the QR left it
@group(0) @binding(2) var<storage, read> pivots: array<u32>;        // batch × working_rows
@group(0) @binding(3) var<storage, read> diagonal: array<f32>;      // batch × working_rows
@group(0) @binding(4) var<storage, read_write> rows: array<f32>;    // batch × working_rows × row_length

override threads: u32; // see src/kernels/shapes.ts

var<workgroup> sh_products: array<array<vec4f, ${rows}>, threads>;  // of each row with the four v's
var<workgroup> sh_with_v3: array<vec3f, threads>;                   // of v₀, v₁, v₂ with v₃
var<workgroup> sh_others: array<vec3f, threads>;                    // v₀·v₁, v₀·v₂, v₁·v₂

${reflector}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first_row = group.y * params.working_rows;
  ${unroll(rows, (r) => `let at${r} = (first_row + ${rows} * (params.first_group + group.x) + ${r}) * params.row_length;`)}
  for (var end = params.last; end > params.first;) {
    let begin = (end - 1) & ~3u; // the reflectors from n on, in the last four, count as none
    ${unroll(
      REFLECTORS_A_PASS,
      (i) => `
    let place${i} = first_row + min(begin + ${i}, end - 1);
    let pivot${i} = (first_row + pivots[place${i}]) * params.row_length;
    let beta${i} = select(0.0, diagonal[place${i}], begin + ${i} < end);
    let head${i} = factored[pivot${i} + begin + ${i}] - beta${i};`,
    )}
    let first_col = begin + (thread + threads - begin % threads) % threads;

    ${unroll(rows, (r) => `var sum${r} = vec4f(0);`)}
    var with_v3 = vec3f(0);
    var others = vec3f(0);
    for (var col = first_col; col < params.row_length; col += threads) {
      ${unroll(
        REFLECTORS_A_PASS,
        (i) => `let v${i} = reflector_entry(factored[pivot${i} + col], col, begin + ${i}, head${i});`,
      )}
      let v = vec4f(v0, v1, v2, v3);
      with_v3 += v3 * v.xyz;
      others += vec3f(v0 * v1, v0 * v2, v1 * v2);
      ${unroll(rows, (r) => `sum${r} += v * rows[at${r} + col];`)}
    }
    ${unroll(rows, (r) => `sh_products[thread][${r}] = sum${r};`)}
    sh_with_v3[thread] = with_v3;
    sh_others[thread] = others;
    workgroupBarrier();
    ${unroll(rows, (r) => `sum${r} = vec4f(0);`)}
    with_v3 = vec3f(0);
    others = vec3f(0);
    for (var t = 0u; t < threads; t++) {
      ${unroll(rows, (r) => `sum${r} += sh_products[t][${r}];`)}
      with_v3 += sh_with_v3[t];
      others += sh_others[t];
    }
    workgroupBarrier(); // sums are read before the next pass writes

    ${unroll(
      rows,
      (r) => `
    let w${r} = reflector_factor(sum${r}.w, beta3, head3);
    let z${r} = reflector_factor(sum${r}.z - w${r} * with_v3.z, beta2, head2);
    let y${r} = reflector_factor(sum${r}.y - w${r} * with_v3.y - z${r} * others.z, beta1, head1);
    let x${r} = reflector_factor(sum${r}.x - w${r} * with_v3.x - z${r} * others.y - y${r} * others.x, beta0, head0);
    let factors${r} = vec4f(x${r}, y${r}, z${r}, w${r});`,
    )}
    for (var col = first_col; col < params.row_length; col += threads) {
      ${unroll(
        REFLECTORS_A_PASS,
        (i) => `let v${i} = reflector_entry(factored[pivot${i} + col], col, begin + ${i}, head${i});`,
      )}
      let v = vec4f(v0, v1, v2, v3);
      ${unroll(rows, (r) => `rows[at${r} + col] -= dot(factors${r}, v);`)}
    }
    end = begin;
  }
}
`;
