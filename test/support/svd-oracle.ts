import { Matrix, SingularValueDecomposition } from "ml-matrix";

/** Singular values in float64 by ml-matrix (Golub–Kahan bidiagonal QR), descending. */
export function referenceSingularValues(entries: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const matrix = Matrix.from1DArray(rows, cols, Array.from(entries));
  const options = { autoTranspose: true, computeLeftSingularVectors: false, computeRightSingularVectors: false };
  return Float64Array.from(new SingularValueDecomposition(matrix, options).diagonal);
}
