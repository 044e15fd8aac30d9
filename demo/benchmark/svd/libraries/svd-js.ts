import { SVD } from "svd-js";
import type { Decompose } from "../libraries.ts";

/** svd-js on the CPU: bidiagonal QR in float64, singular values in no order. */
function decompose(entries: Float32Array, n: number, vectors: boolean) {
  const rows = Array.from({ length: n }, (_, row) => Array.from(entries.subarray(row * n, (row + 1) * n)));
  const { q } = SVD(rows, vectors, vectors);
  return { singularValues: q.sort((a, b) => b - a) };
}

export const values: Decompose = async (entries, n) => decompose(entries, n, false);
export const full: Decompose = async (entries, n) => decompose(entries, n, true);
