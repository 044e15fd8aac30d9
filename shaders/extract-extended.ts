import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

/** (high + low / low_scale)[c, k] = scales[k] · working[order[k], first + c]. */
export const extractExtended = oncePerVariant((form: TwoFloatForm) =>
  elementKernel(
    {
      name: "extract-extended",
      does: "Writes singular vectors in two-floats as the columns of an extended matrix",
      element: "entry of the result",
    },
    {
      params: {
        batch: ["u32", "matrices"],
        length: ["u32", "entries of a vector, rows of the result"],
        count: ["u32", "vectors, columns of the result"],
        first: ["u32", "entry at which a vector begins in its working row"],
        working_rows: ["u32", ""],
        row_length: ["u32", "entries of a working row"],
        ...opaqueZero,
      },
      reads: {
        working: ["array<two_float>", "batch × working_rows × row_length"],
        order: ["array<u32>", "batch × count"],
        scales: ["array<two_float>", "batch × count"],
      },
      writes: {
        high: ["array<f32>", "batch × length × count, row-major"],
        low: ["array<f32>", "as high: what its rounding lost, times low_scale"],
      },
      overrides: { low_scale: ["f32", "see LOW_SCALE of src/gpu/matrix.ts"] },
    },
    {
      elements: ({ batch, length, count }) => batch * length * count,
      helpers: twoFloatArithmetic(form),
      each: wgsl`
  opaque_zero = params.opaque_zero;
  let matrix = index / (params.length * params.count);
  let k = matrix * params.count + index % params.count;
  let row = matrix * params.working_rows + order[k];
  let value = tf_mul(scales[k], working[row * params.row_length + params.first + index / params.count % params.length]);
  high[index] = value.hi;
  low[index] = value.lo * low_scale;
`,
    },
  ),
);
