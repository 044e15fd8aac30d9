import { expect, test } from "vitest";
import { augmentedResiduals } from "../../src/theory/augmented-residuals.ts";

/** An integer multiple of 2⁻⁸⁰, as a BigInt: sums and products of float64 in these units are exact. */
const UNITS = 80n;
function exact(value: number): bigint {
  let [digits, exponent] = [value, 0];
  while (!Number.isInteger(digits)) [digits, exponent] = [2 * digits, exponent + 1];
  return (BigInt(digits) << UNITS) >> BigInt(exponent);
}

test("residuals that cancel keep all their digits", () => {
  const [rows, cols] = [7, 5];
  const A = Float64Array.from({ length: rows * cols }, (_, i) => Math.round(2 ** 20 * Math.sin(1 + i)) / 2 ** 10);
  const weights = Float64Array.from({ length: cols }, (_, j) => Math.round(2 ** 20 * Math.cos(j)) / 2 ** 18);
  const residual = Float64Array.from({ length: rows }, (_, i) => Math.round(2 ** 20 * Math.sin(9 * i)) / 2 ** 40);
  const fitted = (i: number) => weights.reduce((sum, w, j) => sum + w * (A[i * cols + j] as number), 0);
  const y = residual.map((r, i) => r + fitted(i)); // rounded: what is left are the roundings of this line
  const { ofTargets, ofNormal } = augmentedResiduals(A, { y, residual, weights });

  const scaled = (value: bigint, by: bigint) => Number(value) / 2 ** Number(by);
  const left = Array.from({ length: rows }, (_, i) => {
    const products = weights.reduce((sum, w, j) => sum + exact(A[i * cols + j] as number) * exact(w), 0n);
    return scaled(((exact(y[i] as number) - exact(residual[i] as number)) << UNITS) - products, 2n * UNITS);
  });
  expect(Array.from(ofTargets)).toEqual(left);
  expect(Math.max(...left.map(Math.abs))).toBeLessThan(1e-11);
  expect(left.some((value) => value !== 0)).toBe(true);

  const normal = Array.from({ length: cols }, (_, j) =>
    scaled(-residual.reduce((sum, r, i) => sum + exact(A[i * cols + j] as number) * exact(r), 0n), 2n * UNITS),
  );
  expect(Array.from(ofNormal)).toEqual(normal);
});
