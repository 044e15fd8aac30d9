import type { Matrix } from "../gpu/matrix.ts";

/** Where a matrix lies within a buffer: entry (i, j) of matrix k is first + k·matrixStep + i·rowStep + j·colStep. */
export interface View {
  readonly buffer: GPUBuffer;
  readonly first: number;
  readonly rowStep: number;
  readonly colStep: number;
  readonly matrixStep: number;
}

/** The rows of A, rounded to float32, or its columns where a working matrix takes it transposed. */
export function viewOf(matrix: Matrix, isTransposed: boolean): View {
  const { buffer, rows, cols } = matrix;
  const view = { buffer, first: 0, rowStep: cols, colStep: 1, matrixStep: rows * cols };
  return isTransposed ? transposed(view) : view;
}

export function transposed(view: View): View {
  return { ...view, rowStep: view.colStep, colStep: view.rowStep };
}
