import { expect, test } from "vitest";
import { completeBasis } from "../../src/theory/complete-basis.ts";
import { createRandom } from "../support/random.ts";

function worstInnerProduct(basis: Float64Array, length: number, count: number): number {
  let worst = 0;
  for (let a = 0; a < count; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = a === b ? -1 : 0;
      for (let i = 0; i < length; i++) sum += (basis[i * count + a] ?? 0) * (basis[i * count + b] ?? 0);
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

test.each([
  [1, 1, 0],
  [5, 5, 0],
  [6, 6, 5],
  [40, 12, 3],
  [50, 50, 49],
])("length %i, %i columns of which %i are known", (length, count, known) => {
  const { normal } = createRandom(length);
  const basis = new Float64Array(length * count);
  // Known columns: normal vectors, made orthonormal by the same routine's properties, one Householder reflection of e_k.
  const axis = Float64Array.from({ length }, normal);
  const squared = axis.reduce((sum, value) => sum + value * value, 0);
  for (let col = 0; col < known; col++) {
    for (let i = 0; i < length; i++) {
      basis[i * count + col] = Number(i === col) - (2 * (axis[i] ?? 0) * (axis[col] ?? 0)) / squared;
    }
  }
  const before = basis.slice();
  completeBasis(basis, length, count, known);
  expect(worstInnerProduct(basis, length, count)).toBeLessThan(length * 2 ** -50);
  for (let i = 0; i < length; i++) {
    for (let col = 0; col < known; col++) expect(basis[i * count + col]).toBe(before[i * count + col]);
  }
});
