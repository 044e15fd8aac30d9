import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { gridKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { checkedGrid, TWO_FLOAT_WORK } from "../src/gpu/workgroups.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** Each turn computes one number of a linear congruential sequence from the one before. */
export const loopCheck = gridKernel(
  {
    name: "loop-check",
    does: "Runs a loop of a given number of turns, so that the host can check whether the driver runs all of them",
    unit: "One workgroup = one thread",
  },
  {
    params: { turns: ["u32", ""] },
    writes: { last: ["array<u32>", "1: number `turns` of the sequence that begins with 0"] },
  },
  {
    workgroups: () => [1, 1, 1],
    work: ({ turns }) => turns,
    main: wgsl`
@compute @workgroup_size(1)
fn main() {
  var state = 0u;
  for (var turn = 0u; turn < params.turns; turn++) { state = state * 1664525u + 1013904223u; }
  last[0] = state;
}
`,
  },
);

/** Terms of a row's dot product. */
export const CHECK_TERMS = 16;

/** The arithmetic is in a loop over storage, as in the kernels that use it. */
export const twoFloatCheck = oncePerVariant((form: TwoFloatForm) =>
  gridKernel(
    {
      name: "two-float-check",
      does: "Computes in two-floats, so that the host can check whether the compiler keeps their arithmetic exact",
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
