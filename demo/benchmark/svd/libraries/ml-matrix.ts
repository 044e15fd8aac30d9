import { Matrix, SingularValueDecomposition } from "ml-matrix";
import type { Decompose } from "../libraries.ts";

/** ml-matrix on the CPU: bidiagonal QR in float64. */
function decompose(entries: Float32Array, n: number, vectors: boolean) {
  const { diagonal } = new SingularValueDecomposition(Matrix.from1DArray(n, n, Array.from(entries)), {
    computeLeftSingularVectors: vectors,
    computeRightSingularVectors: vectors,
  });
  return { singularValues: diagonal };
}

export const values: Decompose = async (entries, n) => decompose(entries, n, false);
export const full: Decompose = async (entries, n) => decompose(entries, n, true);
