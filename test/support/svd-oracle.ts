import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { BLOCK_ROWS } from "../../shaders/shared/sweep.ts";

/** Singular values in float64 by ml-matrix (Golub–Kahan bidiagonal QR), descending. */
export function referenceSingularValues(entries: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const matrix = Matrix.from1DArray(rows, cols, Array.from(entries));
  const options = { autoTranspose: true, computeLeftSingularVectors: false, computeRightSingularVectors: false };
  return Float64Array.from(new SingularValueDecomposition(matrix, options).diagonal);
}

/** The rows of a pair of blocks by the circle method. Pairs and rows are counted over all matrices. */
export function pairRows(pair: number, blocks: number, round: number): number[] {
  const [matrix, slot, turning] = [Math.floor(pair / (blocks / 2)), pair % (blocks / 2), blocks - 1];
  const players = [(round + slot) % turning, slot === 0 ? turning : (round + turning - slot) % turning];
  return players
    .sort((a, b) => a - b)
    .flatMap((block) => Array.from({ length: BLOCK_ROWS }, (_, row) => (matrix * blocks + block) * BLOCK_ROWS + row));
}
