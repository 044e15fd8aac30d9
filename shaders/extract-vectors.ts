import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";

export const extractVectors = elementKernel(
  {
    name: "extract-vectors",
    does: "Writes singular vectors as columns: out[c, k] = scales[k] · working[order[k], first + c]",
    element: "entry of out",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      length: ["u32", "entries of a vector, rows of out"],
      count: ["u32", "vectors, columns of out"],
      first: ["u32", "f32 at which a vector begins in its working row"],
      working_rows: ["u32", ""],
      row_length: ["u32", "f32s of a working row"],
    },
    reads: {
      working: ["array<f32>", "batch × working_rows × row_length"],
      order: ["array<u32>", "batch × count"],
      scales: ["array<f32>", "batch × count"],
    },
    writes: { out: ["array<f32>", "batch × length × count, row-major"] },
  },
  {
    elements: ({ batch, length, count }) => batch * length * count,
    each: wgsl`
  let matrix = index / (params.length * params.count);
  let k = matrix * params.count + index % params.count;
  let row = matrix * params.working_rows + order[k];
  let value = working[row * params.row_length + params.first + index / params.count % params.length];
  out[index] = scales[k] * value;
`,
  },
);
