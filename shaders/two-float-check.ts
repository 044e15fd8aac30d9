import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, TWO_FLOAT_WORK } from "../src/gpu/workgroups.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** Terms of a row's dot product. */
export const CHECK_TERMS = 16;

/** The arithmetic in the shape in which the kernels use it, a loop over storage. */
export const twoFloatCheck = oncePerVariant((form: TwoFloatForm) =>
  gridKernel(
    {
      name: "two-float-check",
      does: "Computes in two-floats, so that a host can tell whether this compiler keeps their arithmetic exact",
      unit: "One thread = one row of terms",
    },
    {
      params: { rows: ["u32", ""], ...opaqueZero },
      reads: {
        a: ["array<f32>", `rows × ${CHECK_TERMS}`],
        b: ["array<f32>", `rows × ${CHECK_TERMS}`],
      },
      writes: {
        sums: ["array<two_float>", `rows × ${CHECK_TERMS}: a + b`],
        products: ["array<two_float>", `rows × ${CHECK_TERMS}: a · b`],
        dots: ["array<two_float>", "rows: Σ a · b"],
      },
    },
    {
      workgroups: ({ rows }) => checkedGrid(Math.ceil(rows / CHECK_TERMS)),
      work: ({ rows }) => rows * CHECK_TERMS * TWO_FLOAT_WORK,
      main: wgsl`
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
`,
    },
  ),
);
