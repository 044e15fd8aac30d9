/** What the kernels on working matrices take of their layouts. */

import type { View } from "./view.ts";
import type { WorkingLayout } from "./working-layout.ts";

/** For load-working: the rows of `source` become those of working matrices. */
export function loadParams(source: View, layout: WorkingLayout) {
  return {
    source: source.buffer,
    batch: layout.batch,
    rows: layout.rows,
    cols: layout.length,
    first: source.first,
    row_step: source.rowStep,
    col_step: source.colStep,
    matrix_step: source.matrixStep,
    working_rows: layout.workingRows,
    row_stride: layout.rowStride,
    identity_col: layout.cols,
  };
}

/** For row-norms: of each working row, without the part of the rotations. */
export function normParams({ batch, workingRows, rowStride, cols }: WorkingLayout) {
  return { batch, working_rows: workingRows, row_stride: rowStride, cols };
}

/** For load-triangle: from where a pivoted QR has left its factors, `layout`, to `triangle`, the layout of n × n matrices. */
export function triangleParams(layout: WorkingLayout, triangle: WorkingLayout) {
  return {
    rows: layout.rows,
    batch: layout.batch,
    factored_rows: layout.workingRows,
    working_rows: triangle.workingRows,
    factored_length: 4 * layout.rowStride,
    row_length: 4 * triangle.rowStride,
    identity_first: 4 * triangle.cols,
  };
}

/** For extract-vectors and extract-extended: one vector for each row that holds data. */
export function vectorParams({ batch, rows, workingRows, rowStride }: WorkingLayout) {
  return { batch, count: rows, working_rows: workingRows, row_length: 4 * rowStride };
}

/** For extended-norms: as `normParams`, in the units of its kernel. */
export function extendedNormParams({ batch, workingRows, rowStride, length }: WorkingLayout) {
  return { batch, working_rows: workingRows, row_length: 4 * rowStride, cols: length };
}
