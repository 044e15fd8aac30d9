import { describe, expect, test } from "vitest";
import { ArgumentError, NotFiniteError } from "../../src/errors.ts";
import { type DstKind, dst1Basis, dst7Basis, dstBaseline } from "../../src/theory/dst.ts";

const sizes = [1, 2, 15, 16, 97];

describe.each([
  ["dst1", dst1Basis],
  ["dst7", dst7Basis],
] as const)("%s", (kind, basis) => {
  test.each(sizes)("is orthonormal in %d dimensions", (n) => {
    const vectors = basis(n);
    for (let k = 0; k < n; k++) {
      for (let l = 0; l <= k; l++) {
        let product = 0;
        for (let i = 0; i < n; i++) product += (vectors[i * n + k] as number) * (vectors[i * n + l] as number);
        // Elements carry a few roundings each, the sum of n products one a term.
        expect(Math.abs(product - (k === l ? 1 : 0))).toBeLessThan((n + 16) * Number.EPSILON);
      }
    }
  });

  test("component k changes sign k times", () => {
    const n = 31;
    const vectors = basis(n);
    for (let k = 0; k < n; k++) {
      const column = Array.from({ length: n }, (_, i) => vectors[i * n + k] as number).filter(
        (u) => Math.abs(u) > 1e-12,
      );
      expect(column.filter((u, i) => i > 0 && u * (column[i - 1] as number) < 0).length).toBe(k);
    }
  });

  test("the baseline of 0 components is zero, of all of them the signal", () => {
    const y = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i * i) + 0.5);
    expect(dstBaseline(y, 0, kind).every((value) => value === 0)).toBe(true);
    const all = dstBaseline(y, 40, kind);
    for (let i = 0; i < 40; i++) expect(all[i]).toBeCloseTo(y[i] as number, 12);
  });

  test("the baseline is the orthogonal projection on the first components", () => {
    const y = Float64Array.from({ length: 33 }, (_, i) => Math.cos(3 * i) + i / 33);
    const kept = dstBaseline(y, 12, kind);
    const again = dstBaseline(kept, 12, kind);
    const residual = dstBaseline(
      y.map((value, i) => value - (kept[i] as number)),
      12,
      kind,
    );
    for (let i = 0; i < 33; i++) {
      expect(again[i]).toBeCloseTo(kept[i] as number, 13);
      expect(residual[i]).toBeCloseTo(0, 13);
    }
  });
});

test.each(sizes)("DST-VII diagonalises the second difference that Heaviside inverts, n = %d", (n) => {
  // L the lower triangular ones: (L·Lᵀ)⁻¹ = tridiag(−1, 2, −1) with a last diagonal of 1; eigenvalues 4 sin²(θ/2).
  const u = dst7Basis(n);
  for (let k = 0; k < n; k++) {
    const at = (i: number) => (i < 0 ? 0 : (u[Math.min(i, n - 1) * n + k] as number));
    const eigenvalue = 4 * Math.sin(((2 * k + 1) * Math.PI) / (2 * n + 1) / 2) ** 2;
    for (let i = 0; i < n; i++) {
      expect(Math.abs(2 * at(i) - at(i - 1) - at(i + 1) - eigenvalue * at(i))).toBeLessThan(32 * Number.EPSILON);
    }
  }
});

test("sizes out of range are refused", () => {
  expect(() => dst1Basis(0)).toThrow("n: 0 given");
  expect(() => dst7Basis(2.5)).toThrow(ArgumentError);
  expect(() => dst1Basis(1e6)).toThrow("n: 1000000 given, at most 11585 expected");
  expect(() => dstBaseline([1, Number.NaN], 1, "dst1")).toThrow(NotFiniteError);
  expect(() => dstBaseline([1], 1, "dst2" as DstKind)).toThrow('kind: "dst2" given, "dst1" or "dst7" expected');
  expect(() => dstBaseline([1, 2], 3, "dst1")).toThrow("components: 3 given, at most 2");
  expect(() => dstBaseline([], 0, "dst7")).toThrow(ArgumentError);
});
