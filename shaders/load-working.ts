import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";

// A row of a working matrix is a row that Jacobi sweeps make orthogonal, followed by a row of the product of all
// rotations. This product is I at first.

/** Products of f32 with powers of two, exact down to the subnormal numbers. */
const shifts = /* wgsl */ `
fn power_of_two(exponent: i32) -> f32 {
  return bitcast<f32>(u32(exponent + 127) << 23u);
}

/// a · 2^exponent in two steps, since 2^exponent itself may be beyond f32.
fn shifted(a: f32, exponent: i32) -> f32 {
  let half = exponent / 2;
  return a * power_of_two(half) * power_of_two(exponent - half);
}

/// entry · 2^exponent. A GPU may take a subnormal f32 as zero: its value is computed from its digits, as an integer.
fn scaled(entry: u32, exponent: i32) -> f32 {
  let subnormal = (entry & 0x7f800000u) == 0;
  let digits = select(bitcast<f32>(entry & 0x7fffffffu), f32(entry & 0x007fffffu), subnormal);
  let magnitude = shifted(digits, select(exponent, exponent - 149, subnormal));
  return select(magnitude, -magnitude, (entry >> 31u) == 1);
}
`;

export const loadWorking = elementKernel(
  {
    name: "load-working",
    does: "Fills working matrices [2^exponent · A | I] or [2^exponent · Aᵀ | I]; pads rows to vec4s, and adds zero rows up to whole blocks",
    element: "vec4 of the working matrices of the batch",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      rows: ["u32", "rows that hold data; the others are zero"],
      cols: ["u32", "entries of a row of A or Aᵀ"],
      first: ["u32", "first entry in source"],
      row_step: ["u32", "from one row of A or Aᵀ to the next in source"],
      col_step: ["u32", "from one column to the next"],
      matrix_step: ["u32", "from one matrix of the batch to the next"],
      working_rows: ["u32", ""],
      row_stride: ["u32", "vec4s of a working row"],
      identity_col: ["u32", "first vec4 of I; row_stride where there is none"],
    },
    reads: { source: ["array<u32>", "A's entries, bits of f32"], exponents: ["array<i32>", "batch: −100 to 200"] },
    writes: { working: ["array<vec4f>", "batch × working_rows × row_stride"] },
  },
  {
    elements: ({ batch, working_rows, row_stride }) => batch * working_rows * row_stride,
    helpers: shifts,
    each: wgsl`
  let matrix = index / (params.working_rows * params.row_stride);
  let place = index % (params.working_rows * params.row_stride);
  // Neighbouring threads read neighbouring entries, of a row or, where the rows are those of Aᵀ, of a column.
  let is_transposed = params.row_step < params.col_step;
  let row = select(place / params.row_stride, place % params.working_rows, is_transposed);
  let col = select(place % params.row_stride, place / params.working_rows, is_transposed);

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
  working[(matrix * params.working_rows + row) * params.row_stride + col] = values;
`,
  },
);

/** Rows are padded with zeros, as in `load-working`. */
export const loadExtended = elementKernel(
  {
    name: "load-extended",
    does: "Fills working matrices [2^exponent · A | I] or [2^exponent · Aᵀ | I], in two-floats",
    element: "entry of the working matrices of the batch",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      rows: ["u32", "rows that hold data; the others are zero"],
      cols: ["u32", "entries of a row of A or Aᵀ"],
      row_step: ["u32", "from one row of A or Aᵀ to the next in high and low"],
      col_step: ["u32", "from one column to the next"],
      working_rows: ["u32", ""],
      row_length: ["u32", "entries of a working row"],
      identity_first: ["u32", "first entry of I; row_length where there is none"],
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
      factored_rows: ["u32", "rows of one matrix in factored"],
      working_rows: ["u32", "rows of one matrix in working"],
      factored_length: ["u32", "f32s of a row of factored"],
      row_length: ["u32", "f32s of a row of working"],
      identity_first: ["u32", "first f32 of I; row_length where there is none"],
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
