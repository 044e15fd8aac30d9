import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { kernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { reflector } from "./pivoted-qr.ts";
import { opaqueZero, unroll } from "./shared/compilers.ts";
import { runningSum } from "./shared/sums.ts";

/** Reflectors that one pass over the rows applies. */
export const REFLECTORS_PER_PASS = 4;

/**
 * rows ← rows · H_{last−1} ⋯ H_first; all reflectors make J·Q from [J 0]. Four are applied at a time: x·H₃H₂H₁H₀ = x −
 * Σ f_i·v_i, where f_i follows from x·v_i and the products of the v's (Schreiber & Van Loan, SIAM J. Sci. Stat. Comput.
 * 10, 1989). One pass over the columns computes these sums, and a second one writes.
 */
export const applyReflectors = oncePerVariant(({ rows }: { rows: number }) =>
  kernel(
    {
      name: "apply-reflectors",
      does: "Applies the reflectors of a pivoted QR to rows, from the right",
      unit: `One workgroup = ${rows} rows (x) of one matrix (y), which share each read of the reflectors; one thread = every \`threads\`-th column`,
    },
    {
      params: {
        first: ["u32", "reflectors first … last − 1 are applied; first is a multiple of 4"],
        last: ["u32", ""],
        working_rows: ["u32", ""],
        row_length: ["u32", "f32s of a row"],
        first_group: ["u32", "first workgroup of this dispatch"],
        count: ["u32", "rows of a matrix, n"],
        ...opaqueZero,
      },
      reads: {
        factored: ["array<f32>", "batch × working_rows × row_length, as the QR left it"],
        pivots: ["array<u32>", "batch × working_rows"],
        diagonal: ["array<f32>", "batch × working_rows"],
      },
      writes: { rows: ["array<f32>", "batch × working_rows × row_length"] },
      overrides: { threads: ["u32", "see src/adapter/shapes.ts"] },
    },
    wgsl`
var<workgroup> sh_products: array<array<vec4f, ${rows}>, threads>;  // of each row with the four v's
var<workgroup> sh_with_v3: array<vec3f, threads>;                   // of v₀, v₁, v₂ with v₃
var<workgroup> sh_others: array<vec3f, threads>;                    // v₀·v₁, v₀·v₂, v₁·v₂

${reflector}
${runningSum("vec3f", "vec4f")}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  opaque_zero = params.opaque_zero;
  let first_row = group.y * params.working_rows;
  let own = ${rows} * (params.first_group + group.x);
  ${unroll(rows, (r) => `let at${r} = (first_row + min(own + ${r}, params.count - 1)) * params.row_length;`)}
  for (var end = params.last; end > params.first;) {
    let begin = (end - 1) & ~3u; // of these four, those from end on are no reflectors: β = 0
    ${unroll(
      REFLECTORS_PER_PASS,
      (i) => `
    let place${i} = first_row + min(begin + ${i}, end - 1);
    let pivot${i} = (first_row + pivots[place${i}]) * params.row_length;
    let beta${i} = select(0.0, diagonal[place${i}], begin + ${i} < end);
    let head${i} = factored[pivot${i} + begin + ${i}] - beta${i};`,
    )}
    let first_col = begin + (thread + threads - begin % threads) % threads;

    ${unroll(rows, (r) => `var sum${r} = sum_vec4f();`)}
    var with_v3 = sum_vec3f();
    var others = sum_vec3f();
    for (var col = first_col; col < params.row_length; col += threads) {
      ${unroll(
        REFLECTORS_PER_PASS,
        (i) => `let v${i} = reflector_entry(factored[pivot${i} + col], col, begin + ${i}, head${i});`,
      )}
      let v = vec4f(v0, v1, v2, v3);
      with_v3 = added_vec3f(with_v3, v3 * v.xyz);
      others = added_vec3f(others, vec3f(v0 * v1, v0 * v2, v1 * v2));
      ${unroll(rows, (r) => `sum${r} = added_vec4f(sum${r}, v * rows[at${r} + col]);`)}
    }
    ${unroll(rows, (r) => `sh_products[thread][${r}] = sum${r}.value;`)}
    sh_with_v3[thread] = with_v3.value;
    sh_others[thread] = others.value;
    workgroupBarrier(); // each thread adds the parts of all
    ${unroll(rows, (r) => `sum${r} = sum_vec4f();`)}
    with_v3 = sum_vec3f();
    others = sum_vec3f();
    for (var t = 0u; t < threads; t++) {
      ${unroll(rows, (r) => `sum${r} = added_vec4f(sum${r}, sh_products[t][${r}]);`)}
      with_v3 = added_vec3f(with_v3, sh_with_v3[t]);
      others = added_vec3f(others, sh_others[t]);
    }
    workgroupBarrier(); // sums are read before the next pass writes

    ${unroll(
      rows,
      (r) => `
    let w${r} = reflector_factor(sum${r}.value.w, beta3, head3);
    let z${r} = reflector_factor(sum${r}.value.z - w${r} * with_v3.value.z, beta2, head2);
    let y${r} = reflector_factor(sum${r}.value.y - w${r} * with_v3.value.y - z${r} * others.value.z, beta1, head1);
    let x${r} = reflector_factor(sum${r}.value.x - w${r} * with_v3.value.x - z${r} * others.value.y - y${r} * others.value.x, beta0, head0);
    let factors${r} = vec4f(x${r}, y${r}, z${r}, w${r});`,
    )}
    for (var col = first_col; col < params.row_length; col += threads) {
      ${unroll(
        REFLECTORS_PER_PASS,
        (i) => `let v${i} = reflector_entry(factored[pivot${i} + col], col, begin + ${i}, head${i});`,
      )}
      let v = vec4f(v0, v1, v2, v3);
      ${unroll(rows, (r) => `if (own + ${r} < params.count) { rows[at${r} + col] -= dot(factors${r}, v); }`)}
    }
    end = begin;
  }
}
`,
  ),
);
