/** Working matrices, whose rows an SVD makes orthogonal: their layout, and the parameters by which kernels know it. */

import { BLOCK_ROWS } from "../../shaders/shared/sweep.ts";
import type { Matrix } from "../gpu/matrix.ts";

/**
 * The layout of working matrices R. Their rows are the rows of A where A is wide, and the columns of A where A is tall:
 * they are few and long. Where vectors are wanted, a row of the identity follows each row and collects the rotations J:
 * [R | I] becomes [J·R | J].
 */
export interface WorkingLayout {
  readonly batch: number;
  readonly transposed: boolean;
  /** Rows that hold data, min(rows, cols) of A. */
  readonly rows: number;
  /** Rows that there is room for; the rows beyond `rows` are zeros. */
  readonly workingRows: number;
  /** Entries of a row of R, max(rows, cols) of A. */
  readonly length: number;
  /** vec4s that these entries take. */
  readonly cols: number;
  /** vec4s of a whole working row. */
  readonly rowStride: number;
}

/** The layout of a sweep in blocks. */
export interface BlockLayout extends WorkingLayout {
  /** Blocks of `BLOCK_ROWS` rows. Their number is even, so that each meets every other in a tournament. */
  readonly blocks: number;
}

/** The layout without further rows. */
export function rowLayout(rows: number, cols: number, batch: number, withVectors: boolean): WorkingLayout {
  const count = Math.min(rows, cols);
  const length = Math.max(rows, cols);
  const vec4s = Math.ceil(length / 4);
  return {
    batch,
    transposed: rows > cols,
    rows: count,
    workingRows: count,
    length,
    cols: vec4s,
    rowStride: vec4s + (withVectors ? Math.ceil(count / 4) : 0),
  };
}

/** The layout of a sweep in blocks, with room for an even number of whole blocks. */
export function workingLayout(rows: number, cols: number, batch: number, withVectors: boolean): BlockLayout {
  const layout = rowLayout(rows, cols, batch, withVectors);
  const blocks = 2 * Math.ceil(layout.rows / (2 * BLOCK_ROWS));
  return { ...layout, blocks, workingRows: blocks * BLOCK_ROWS };
}

/** Bytes of the working matrices of a whole batch. */
export function workingBytes({ batch, workingRows, rowStride }: WorkingLayout): number {
  return batch * workingRows * rowStride * 16;
}

/** Matrices within a buffer: entry (i, j) of matrix k is number first + k·matrixStep + i·rowStep + j·colStep. */
export interface View {
  readonly buffer: GPUBuffer;
  readonly first: number;
  readonly rowStep: number;
  readonly colStep: number;
  readonly matrixStep: number;
}

/** The rows of A, rounded to float32, or its columns where `isTransposed`. */
export function viewOf(matrix: Matrix, isTransposed: boolean): View {
  const { buffer, rows, cols } = matrix;
  const view = { buffer, first: 0, rowStep: cols, colStep: 1, matrixStep: rows * cols };
  return isTransposed ? transposed(view) : view;
}

/** The view with rows and columns exchanged. */
export function transposed(view: View): View {
  return { ...view, rowStep: view.colStep, colStep: view.rowStep };
}

/** The working rows from `first` on. */
export function rowsFrom(buffer: GPUBuffer, { rowStride, workingRows }: WorkingLayout, first: number): View {
  const rowStep = 4 * rowStride;
  return { buffer, first: first * rowStep, rowStep, colStep: 1, matrixStep: workingRows * rowStep };
}

/** The rotations J of working rows [J·R | J]. */
export function rotationsOf(buffer: GPUBuffer, layout: WorkingLayout): View {
  return { ...rowsFrom(buffer, layout, 0), first: 4 * layout.cols };
}

/** For load-working, which copies the rows of `source` to working matrices. */
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

/** For row-norms, of each working row without its rotations. */
export function normParams({ batch, workingRows, rowStride, cols }: WorkingLayout) {
  return { batch, working_rows: workingRows, row_stride: rowStride, cols };
}

/** For load-triangle: from the factors of a QR of one block, in `layout`, to working matrices [Lᵀ | I], in `triangle`. */
export function triangleParams(layout: WorkingLayout, triangle: WorkingLayout) {
  const rowLength = 4 * triangle.rowStride;
  return {
    rows: layout.rows,
    matrices: layout.batch,
    blocks: 1,
    block_length: 4 * layout.rowStride,
    factored_rows: layout.workingRows,
    factored_length: 4 * layout.rowStride,
    matrix_step: triangle.workingRows * rowLength,
    block_step: 0,
    row_step: 1,
    col_step: rowLength,
    row_length: rowLength,
    identity_first: 4 * triangle.cols,
  };
}

/** For extract-vectors and extract-extended, of one vector for each row that holds data. */
export function vectorParams({ batch, rows, workingRows, rowStride }: WorkingLayout) {
  return { batch, count: rows, working_rows: workingRows, row_length: 4 * rowStride };
}

/** For extended-norms, which counts in entries where row-norms counts in vec4s. */
export function extendedNormParams({ batch, workingRows, rowStride, length }: WorkingLayout) {
  return { batch, working_rows: workingRows, row_length: 4 * rowStride, cols: length };
}
