import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";

/** Row k has L[j][k] in column pivots[j], so that its columns keep the order of the rows of A. */
export const loadTriangle = elementKernel(
  {
    name: "load-triangle",
    does: "Writes the factor of a pivoted QR, transposed, as new working rows [Lᵀ | I], or Lᵀ alone, into a zeroed buffer",
    element: "entry of L",
  },
  {
    params: {
      rows: ["u32", "n"],
      batch: ["u32", "matrices"],
      factored_rows: ["u32", "rows of a matrix of factored"],
      working_rows: ["u32", "and of working"],
      factored_length: ["u32", "f32s of a row of factored"],
      row_length: ["u32", "f32s of a row of working"],
      identity_first: ["u32", "f32 at which I begins; row_length where there is none"],
    },
    reads: {
      factored: ["array<f32>", "batch × factored_rows × factored_length: L[j][0…j−1] in row pivots[j]"],
      pivots: ["array<u32>", "batch × factored_rows"],
      diagonal: ["array<f32>", "batch × factored_rows: L[j][j]"],
    },
    writes: { working: ["array<f32>", "batch × working_rows × row_length"] },
  },
  {
    elements: ({ batch, rows }) => batch * rows ** 2,
    each: wgsl`
  let matrix = index / (params.rows * params.rows);
  let j = index / params.rows % params.rows;
  let k = index % params.rows;
  if (k > j) { return; }
  let first = matrix * params.factored_rows;
  let column = pivots[first + j];
  let row = (matrix * params.working_rows + k) * params.row_length;
  if (k < j) {
    working[row + column] = factored[(first + column) * params.factored_length + k];
  } else {
    working[row + column] = diagonal[first + k];
    if (params.identity_first < params.row_length) { working[row + params.identity_first + k] = 1; }
  }
`,
  },
);
