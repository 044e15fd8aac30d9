import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { shifts } from "./shared/shifts.ts";

/** Working matrices are padded with zeros, as `load-working` pads them. */
export const loadExtended = elementKernel(
  {
    name: "load-extended",
    does: "Fills working matrices [2^exponent · A | I], or [2^exponent · Aᵀ | I], in two-floats",
    element: "entry of the working matrices of the batch",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      rows: ["u32", "that hold data; the others are zero"],
      cols: ["u32", "entries of a row of A or Aᵀ"],
      row_step: ["u32", "from one such row to the next in high and low"],
      col_step: ["u32", "from one such column to the next"],
      working_rows: ["u32", ""],
      row_length: ["u32", "entries of a working row"],
      identity_first: ["u32", "entry at which I begins; row_length where there is none"],
    },
    reads: {
      high: ["array<u32>", "batch × A's entries, bits of f32"],
      low: ["array<u32>", "as high: what its rounding lost, over low_unit"],
      exponents: ["array<i32>", "batch"],
    },
    writes: { working: ["array<vec2f>", "batch × working_rows × row_length: hi, lo"] },
    overrides: { low_unit: ["f32", "see LOW_SCALE of src/gpu/matrix.ts"] },
  },
  {
    elements: ({ batch, working_rows, row_length }) => batch * working_rows * row_length,
    helpers: shifts,
    each: wgsl`
  let matrix = index / (params.working_rows * params.row_length);
  let row = index / params.row_length % params.working_rows;
  let col = index % params.row_length;

  var value = vec2f(0);
  if (row < params.rows) {
    if (col >= params.identity_first) {
      value.x = select(0.0, 1.0, col - params.identity_first == row);
    } else if (col < params.cols) {
      let entry = matrix * params.rows * params.cols + row * params.row_step + col * params.col_step;
      value = vec2f(scaled(high[entry], exponents[matrix]), scaled(low[entry], exponents[matrix]) * low_unit);
    }
  }
  working[index] = value;
`,
  },
);
