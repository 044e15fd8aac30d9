import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { oncePerVariant } from "../src/gpu/once.ts";
import { opaqueZero } from "./shared/compilers.ts";
import { type TwoFloatForm, twoFloatArithmetic } from "./shared/two-float.ts";

const params = {
  batch: ["u32", "matrices"],
  length: ["u32", "entries of a vector, rows of the result"],
  count: ["u32", "vectors, columns of the result"],
  first: ["u32", "entry at which a vector begins in its working row, a multiple of 4"],
  working_rows: ["u32", ""],
  row_length: ["u32", "entries of a working row"],
} as const;

/**
 * A thread takes four entries of a vector, which lie together in its working row. Neighbouring threads take neighbouring
 * vectors, whose entries lie together in the result. A thread with one entry would read a whole sector of memory for it.
 */
const elements = ({ batch, length, count }: { batch: number; length: number; count: number }) =>
  batch * Math.ceil(length / 4) * count;

/**
 * For element `index`: `vector`, the number of its vector in the batch; `entry`, the place of its first entry in
 * `working`; `place`, that of the same entry in the result; and `left`, how many entries the vector has from there on.
 */
const places = /* wgsl */ `
  let quarters = (params.length + 3) / 4;
  let matrix = index / (quarters * params.count);
  let vector = matrix * params.count + index % params.count;
  let position = index / params.count % quarters * 4;
  let entry = (matrix * params.working_rows + order[vector]) * params.row_length + params.first + position;
  let place = (matrix * params.length + position) * params.count + index % params.count;
  let left = params.length - position;`;

export const extractVectors = elementKernel(
  {
    name: "extract-vectors",
    does: "Writes singular vectors as columns: out[c, k] = scales[k] · working[order[k], first + c]",
    element: "group of four entries of a vector",
  },
  {
    params,
    reads: {
      working: ["array<vec4f>", "batch × working_rows × row_length / 4"],
      order: ["array<u32>", "batch × count"],
      scales: ["array<f32>", "batch × count"],
    },
    writes: { out: ["array<f32>", "batch × length × count, row-major"] },
  },
  {
    elements,
    each: wgsl`${places}
  let values = scales[vector] * working[entry / 4];
  for (var i = 0u; i < min(4, left); i++) { out[place + i * params.count] = values[i]; }
`,
  },
);

/** (high + low / low_scale)[c, k] = scales[k] · working[order[k], first + c]. */
export const extractExtended = oncePerVariant((form: TwoFloatForm) =>
  elementKernel(
    {
      name: "extract-extended",
      does: "Writes singular vectors in two-floats as the columns of an extended matrix",
      element: "group of four entries of a vector",
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
  for (var i = 0u; i < min(4, left); i++) {
    let value = tf_mul(scales[vector], working[entry + i]);
    high[place + i * params.count] = value.hi;
    low[place + i * params.count] = value.lo * low_scale;
  }
`,
    },
  ),
);
