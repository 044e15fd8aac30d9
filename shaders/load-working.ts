import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";
import { elementKernel } from "../src/gpu/kernel.ts";
import { shifts } from "./shared/shifts.ts";

// A row of a working matrix is a row that Jacobi sweeps make orthogonal, followed by a row of the product of all
// rotations. This product is I at first.

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

/**
 * Entry k of row j of L stands in row pivots[j] of the factored rows. It goes either to working rows Lᵀ, whose columns have
 * the order of the rows of A, or to rows in which the factors of all blocks stand side by side.
 */
export const loadTriangle = elementKernel(
  {
    name: "load-triangle",
    does: "Writes the L of a QR into a zeroed buffer: as new working rows [Lᵀ | I] or Lᵀ, or the L of all blocks side by side",
    element: "entry of L",
  },
  {
    params: {
      rows: ["u32", "n"],
      matrices: ["u32", "of the batch, with their blocks"],
      blocks: ["u32", "blocks of a row of factored"],
      block_length: ["u32", "f32s of a block"],
      factored_rows: ["u32", "rows of one matrix in factored"],
      factored_length: ["u32", "f32s of a row of factored"],
      matrix_step: ["u32", "from one matrix to the next in working"],
      block_step: ["u32", "from one block to the next in working"],
      row_step: ["u32", "from one row of L to the next in working"],
      col_step: ["u32", "from one column to the next"],
      row_length: ["u32", "f32s of a row of working"],
      identity_first: ["u32", "first f32 of I; row_length where there is none"],
    },
    reads: {
      factored: ["array<f32>", "batch × factored_rows × factored_length"],
      pivots: ["array<u32>", "matrices × factored_rows"],
    },
    writes: { working: ["array<f32>", "batch × matrix_step"] },
  },
  {
    elements: ({ matrices, rows }) => matrices * rows ** 2,
    each: wgsl`
  let matrix = index / (params.rows * params.rows);
  let j = index / params.rows % params.rows;
  let k = index % params.rows;
  if (k > j) { return; }
  let row = pivots[matrix * params.factored_rows + j];
  let source = (matrix / params.blocks * params.factored_rows + row) * params.factored_length;
  let goal = matrix / params.blocks * params.matrix_step;
  let block = matrix % params.blocks;
  working[goal + block * params.block_step + row * params.row_step + k * params.col_step] =
    factored[source + block * params.block_length + k];
  if (k == j && params.identity_first < params.row_length) {
    working[goal + k * params.row_length + params.identity_first + k] = 1;
  }
`,
  },
);

export const spreadBlocks = elementKernel(
  {
    name: "spread-blocks",
    does: "Moves blocks of n columns, side by side, to the beginning of longer blocks, and fills these up with zeros",
    element: "vec4 of the longer rows",
  },
  {
    params: {
      batch: ["u32", "matrices"],
      rows: ["u32", "n"],
      working_rows: ["u32", ""],
      row_stride: ["u32", "vec4s of a longer row"],
      blocks: ["u32", "blocks of a row"],
      block_cols: ["u32", "vec4s of a longer block; the last block takes the rest of the row"],
      joined_rows: ["u32", "rows of one matrix in joined"],
      joined_cols: ["u32", "vec4s of a block in joined"],
    },
    reads: { joined: ["array<vec4f>", "batch × joined_rows × blocks · joined_cols"] },
    writes: { working: ["array<vec4f>", "batch × working_rows × row_stride"] },
  },
  {
    elements: ({ batch, rows, row_stride }) => batch * rows * row_stride,
    each: wgsl`
  let col = index % params.row_stride;
  let matrix = index / params.row_stride / params.rows;
  let row = index / params.row_stride % params.rows;
  let block = min(col / params.block_cols, params.blocks - 1);
  let own = col - block * params.block_cols;
  let source = (matrix * params.joined_rows + row) * params.blocks + block;
  var value = vec4f(0);
  if (own < params.joined_cols) { value = joined[source * params.joined_cols + own]; }
  working[(matrix * params.working_rows + row) * params.row_stride + col] = value;
`,
  },
);
