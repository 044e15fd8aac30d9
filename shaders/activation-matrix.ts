import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { LOW_SCALE } from "../src/gpu/matrix.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { ELEMENT_WORK } from "../src/gpu/workgroups.ts";
import { ACTIVATION_WORK, type ActivationForm, activationCode } from "./shared/activations.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** The two-float arithmetic that is exact on the adapter, and whether A keeps a two-float's 48 bits. */
export interface ActivationMatrixVariant {
  readonly twoFloat: TwoFloatForm;
  readonly extended: boolean;
}

/**
 * A[n, m] = activation(scale · (Σ_d v[m, d] · x[n, d] − b[m])), for a form of `activationForm` of
 * src/theory/activations.ts. x, v and b are split by `splitTwoFloat`; all reluᵖ share one code.
 *
 * The relative error of an entry is about 2⁻⁴⁴, and one rounding to f32 more where it is not extended. z is computed
 * from x, b, v and the scale rounded to 48 bits: where |z| exceeds 1e7, a sine is less accurate than float32. Values
 * below 1.2e-38 may become 0. An extended entry has an absolute error of about 2⁻¹²⁶, which matters below 2⁻⁸⁰. Where
 * an intermediate result exceeds float32, the entry is meaningless: callers refuse such matrices by `largestMagnitude`.
 */
export const activationMatrix = oncePerVariant(
  (form: ActivationForm, { twoFloat, extended }: ActivationMatrixVariant) =>
    elementKernel(
      {
        name: "activation-matrix",
        does: "Computes an activation matrix in two-floats, and rounds each entry to f32 once or keeps its hi and lo",
        element: "entry of A",
        ofUser: typeof form !== "string",
      },
      {
        params: {
          rows: ["u32", "N"],
          cols: ["u32", "M"],
          dimensions: ["u32", "D"],
          output_offset: ["u32", "entries of A before this matrix: rows · cols · its place in the batch"],
          power: ["u32", "p of z₊ᵖ, else 0"],
          ...opaqueZero,
          scale_hi: ["f32", ""],
          scale_lo: ["f32", ""],
        },
        reads: {
          x: ["array<two_float>", "rows × dimensions, row-major"],
          v: ["array<two_float>", "cols × dimensions, row-major; 1 in one dimension"],
          b: ["array<two_float>", "cols"],
        },
        writes: {
          A: ["array<f32>", "batch × rows × cols, row-major"],
          ...(extended
            ? ({ A_low: ["array<f32>", `as A: what its rounding to f32 lost, times ${LOW_SCALE}`] } as const)
            : {}),
        },
      },
      {
        elements: ({ rows, cols }) => rows * cols,
        work: () => ACTIVATION_WORK - ELEMENT_WORK,
        helpers: twoFloatArithmetic(twoFloat) + activationCode(form),
        each: wgsl`
  opaque_zero = params.opaque_zero;
  let row = index / params.cols;
  let col = index % params.cols;

  // b is subtracted before the scale multiplies, so that z is exactly 0 where a sample meets a bias.
  var distance = tf_negate(b[col]);
  for (var d = 0u; d < params.dimensions; d++) {
    distance = tf_add(tf_mul(v[col * params.dimensions + d], x[row * params.dimensions + d]), distance);
  }
  let z = tf_mul(two_float(params.scale_hi, params.scale_lo), distance);
  let value = activation(z, params.power);
  A[params.output_offset + index] = value.hi;
#if ${extended}
  A_low[params.output_offset + index] = value.lo * ${LOW_SCALE};
#endif
`,
      },
    ),
);
