import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { shifts } from "./shared/shifts.ts";

export const loadWorking = elementKernel(
  {
    name: "load-working",
    does: "Fills working matrices [2^exponent · A | I], or of Aᵀ, with rows padded to vec4s and zero rows up to whole blocks",
    element: "vec4 of the working matrices of the batch",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      rows: ["u32", "rows that hold data; the others are zero"],
      cols: ["u32", "entries of a row of A or Aᵀ"],
      first: ["u32", "entry of source at which they begin"],
      row_step: ["u32", "from one such row to the next in source"],
      col_step: ["u32", "from one such column to the next"],
      matrix_step: ["u32", "from one matrix of the batch to the next"],
      working_rows: ["u32", ""],
      row_stride: ["u32", "vec4s of a working row"],
      identity_col: ["u32", "vec4 at which I begins; row_stride where there is none"],
    },
    reads: { source: ["array<u32>", "A's entries, bits of f32"], exponents: ["array<i32>", "batch: −100 to 200"] },
    writes: { working: ["array<vec4f>", "batch × working_rows × row_stride"] },
  },
  {
    elements: ({ batch, working_rows, row_stride }) => batch * working_rows * row_stride,
    helpers: shifts,
    each: wgsl`
  let matrix = index / (params.working_rows * params.row_stride);
  let row = index / params.row_stride % params.working_rows;
  let col = index % params.row_stride;

  var values = vec4f(0);
  if (row < params.rows) {
    for (var lane = 0u; lane < 4; lane++) {
      if (col >= params.identity_col) {
        values[lane] = select(0.0, 1.0, 4 * (col - params.identity_col) + lane == row);
      } else if (4 * col + lane < params.cols) {
        let entry = params.first + row * params.row_step + (4 * col + lane) * params.col_step;
        values[lane] = scaled(source[matrix * params.matrix_step + entry], exponents[matrix]);
      }
    }
  }
  working[index] = values;
`,
  },
);
