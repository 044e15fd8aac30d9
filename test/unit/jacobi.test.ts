import { describe, expect, test } from "vitest";
import { jacobiSvd } from "../../src/theory/jacobi.ts";
import { createRandom } from "../support/random.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

const square = (n: number, entry: (row: number, col: number) => number) =>
  Float64Array.from({ length: n * n }, (_, i) => entry(Math.floor(i / n), i % n));

const { normal } = createRandom(7);
const matrices: Record<string, [n: number, entries: Float64Array]> = {
  "1 × 1, negative": [1, Float64Array.of(-3)],
  zero: [4, new Float64Array(16)],
  identity: [5, square(5, (i, j) => +(i === j))],
  ones: [6, square(6, () => 1)],
  random: [20, square(20, normal)],
  bidiagonal: [40, square(40, (i, j) => (j === i ? 1 / (1 + i) : j === i + 1 ? 0.7 / (1 + i) : 0))],
  "as a restart leaves it": [
    30,
    square(30, (i, j) => (j === i ? 1 / (1 + i) : i < 13 && j === 13 ? 1e-5 : i >= 13 && j === i + 1 ? 0.02 : 0)),
  ],
  "of rank 3": [24, square(24, (i, j) => Math.cos(i + j) + ((i * j) % 2))],
  "of 1e-120": [8, square(8, () => 1e-120 * normal())],
};

describe("U, σ and V of a square matrix in float64", () => {
  test.for(Object.entries(matrices))("%s", ([, [n, entries]]) => {
    const { singularValues, left, right } = jacobiSvd(entries, n);
    const reference = referenceSingularValues(entries, n, n);
    // A few roundings for each of n columns.
    const tolerance = 4 * n * 2 ** -52;
    const top = reference[0] as number;
    const at = (matrix: Float64Array, row: number, col: number) => matrix[row * n + col] as number;
    for (let i = 0; i < n; i++) {
      expect(Math.abs((singularValues[i] as number) - (reference[i] as number))).toBeLessThanOrEqual(tolerance * top);
      if (i > 0) expect(singularValues[i]).toBeLessThanOrEqual(singularValues[i - 1] as number);
      for (let j = 0; j < n; j++) {
        let [entry, onLeft, onRight] = [-at(entries, i, j), -(i === j), -(i === j)];
        for (let k = 0; k < n; k++) {
          entry += at(left, i, k) * (singularValues[k] as number) * at(right, j, k);
          onLeft += at(left, k, i) * at(left, k, j);
          onRight += at(right, k, i) * at(right, k, j);
        }
        expect(Math.abs(entry), `entry ${i}, ${j}`).toBeLessThanOrEqual(tolerance * top);
        expect(Math.abs(onLeft), `left ${i}, ${j}`).toBeLessThan(tolerance);
        expect(Math.abs(onRight), `right ${i}, ${j}`).toBeLessThan(tolerance);
      }
    }
  });
});
