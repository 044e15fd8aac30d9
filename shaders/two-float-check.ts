import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** Terms of a row's dot product. */
export const CHECK_TERMS = 16;

/**
 * Two-float arithmetic in the shape in which the kernels use it, a loop over storage, so that a host can tell whether
 * this compiler keeps it exact. One thread = one row of terms.
 */
export const twoFloatCheck = (form: TwoFloatForm) => wgsl`
struct check_params {
  rows: u32,
  opaque_zero: u32, // 0
}

@group(0) @binding(0) var<uniform> params: check_params;
@group(0) @binding(1) var<storage, read> a: array<f32>;                     // rows × ${CHECK_TERMS}
@group(0) @binding(2) var<storage, read> b: array<f32>;                     // rows × ${CHECK_TERMS}
@group(0) @binding(3) var<storage, read_write> sums: array<two_float>;      // rows × ${CHECK_TERMS}: a + b
@group(0) @binding(4) var<storage, read_write> products: array<two_float>;  // rows × ${CHECK_TERMS}: a · b
@group(0) @binding(5) var<storage, read_write> dots: array<two_float>;      // rows: Σ a · b

${twoFloatArithmetic(form)}

@compute @workgroup_size(${CHECK_TERMS})
fn main(@builtin(global_invocation_id) id: vec3u) {
  opaque_zero = params.opaque_zero;
  if (id.x >= params.rows) { return; }
  var dot = two_float(0, 0);
  for (var i = id.x * ${CHECK_TERMS}; i < (id.x + 1) * ${CHECK_TERMS}; i++) {
    sums[i] = two_sum(a[i], b[i]);
    products[i] = two_product(a[i], b[i]);
    dot = tf_accumulate(dot, two_float(a[i], 0), two_float(b[i], 0));
  }
  dots[id.x] = tf_sum(dot);
}
`;
