/** What the kernels on working matrices in two-floats take of their layouts. */

import type { WorkingLayout } from "./working-layout.ts";

/** For extended-norms: of each working row, without the part of the rotations. */
export function extendedNormParams({ batch, workingRows, rowStride, length }: WorkingLayout) {
  return { batch, working_rows: workingRows, row_length: 4 * rowStride, cols: length, opaque_zero: 0 };
}

/** For extract-extended: one vector for each row that holds data. */
export function extendedVectorParams({ batch, rows, workingRows, rowStride }: WorkingLayout) {
  return { batch, count: rows, working_rows: workingRows, row_length: 4 * rowStride, opaque_zero: 0 };
}
