import { createRandom } from "./random.ts";

/** rows × cols, row-major, in float32, so that a reference of the same entries sees what the GPU sees. */
export function fill(
  rows: number,
  cols: number,
  entry: (row: number, col: number) => number,
): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: rows * cols }, (_, i) => entry(Math.floor(i / cols), i % cols));
}

/** Normal entries, seeded by the shape. */
export function randomMatrix(rows: number, cols: number, seed = 1): Float32Array<ArrayBuffer> {
  const { normal } = createRandom(seed * 1_000_003 + rows * 1009 + cols);
  return fill(rows, cols, normal);
}

/** ReLU on linspace(−1, 1) with as many biases as samples: rank n − 1, condition about n². */
export function reluMatrix(n: number): Float32Array<ArrayBuffer> {
  return fill(n, n, (row, col) => Math.max(0, (2 * (row - col)) / (n - 1)));
}
