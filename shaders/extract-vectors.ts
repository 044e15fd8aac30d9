import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

const params = {
  batch: ["u32", "matrices"],
  length: ["u32", "entries of a vector, rows of the result"],
  count: ["u32", "vectors, columns of the result"],
  first: ["u32", "entry at which a vector begins in its working row"],
  working_rows: ["u32", ""],
  row_length: ["u32", "entries of a working row"],
} as const;

const elements = ({ batch, length, count }: { batch: number; length: number; count: number }) => batch * length * count;

/**
 * For element `index` of the result: `vector`, the number of its vector in the batch, and `entry`, its place in
 * `working`.
 */
const places = /* wgsl */ `
  let matrix = index / (params.length * params.count);
  let vector = matrix * params.count + index % params.count;
  let row = matrix * params.working_rows + order[vector];
  let entry = row * params.row_length + params.first + index / params.count % params.length;`;

export const extractVectors = elementKernel(
  {
    name: "extract-vectors",
    does: "Writes singular vectors as columns: out[c, k] = scales[k] · working[order[k], first + c]",
    element: "entry of out",
  },
  {
    params,
    reads: {
      working: ["array<f32>", "batch × working_rows × row_length"],
      order: ["array<u32>", "batch × count"],
      scales: ["array<f32>", "batch × count"],
    },
    writes: { out: ["array<f32>", "batch × length × count, row-major"] },
  },
  {
    elements,
    each: wgsl`${places}
  out[index] = scales[vector] * working[entry];
`,
  },
);

/** (high + low / low_scale)[c, k] = scales[k] · working[order[k], first + c]. */
export const extractExtended = oncePerVariant((form: TwoFloatForm) =>
  elementKernel(
    {
      name: "extract-extended",
      does: "Writes singular vectors in two-floats as the columns of an extended matrix",
      element: "entry of the result",
    },
    {
      params: { ...params, ...opaqueZero },
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
      elements,
      helpers: twoFloatArithmetic(form),
      each: wgsl`
  opaque_zero = params.opaque_zero;${places}
  let value = tf_mul(scales[vector], working[entry]);
  high[index] = value.hi;
  low[index] = value.lo * low_scale;
`,
    },
  ),
);
