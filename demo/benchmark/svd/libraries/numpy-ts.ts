import { array, linalg, reshape } from "numpy-ts/core";
import type { Decompose } from "../libraries.ts";

// numpy-ts on the CPU, in WebAssembly and float64: bidiagonal QR for the values, Jacobi on AᵀA for U and V.

const matrix = (entries: Float32Array, n: number) => reshape(array(Float64Array.from(entries)), [n, n]);

export const values: Decompose = async (entries, n) => {
  const a = matrix(entries, n);
  const s = linalg.svdvals(a);
  const singularValues = Float64Array.from(s.data as Float64Array);
  for (const made of [a, s]) made.dispose();
  return { singularValues };
};

export const full: Decompose = async (entries, n) => {
  const a = matrix(entries, n);
  const { u, s, vt } = linalg.svd(a) as Exclude<ReturnType<typeof linalg.svd>, { data: unknown }>;
  const singularValues = Float64Array.from(s.data as Float64Array);
  for (const made of [a, u, s, vt]) made.dispose();
  return { singularValues };
};
