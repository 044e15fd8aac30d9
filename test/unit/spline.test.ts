import { Matrix, solve } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { differenceOperator, integrationOperator, splineSmooth } from "../../src/theory/spline.ts";

const dense = (data: Float64Array, n: number) => Matrix.from1DArray(n, n, data);
const signal = (n: number) => Float64Array.from({ length: n }, (_, i) => Math.sin(0.4 * i) + Math.cos(i * i));

describe.each([1, 2, 3, 4])("order %d", (order) => {
  test.each([1, 2, 16, 33])("D and D⁻¹ are inverse in integers, n = %d", (n) => {
    const product = dense(differenceOperator(n, order), n).mmul(dense(integrationOperator(n, order), n));
    expect(product.to2DArray()).toEqual(Matrix.eye(n).to2DArray());
  });

  test("the columns of D⁻¹ are shifted polynomials of degree η − 1", () => {
    const n = 12;
    const columns = integrationOperator(n, order);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let binomial = i < j ? 0 : 1;
        for (let t = 1; t < order; t++) binomial *= (i - j + t) / t;
        expect(columns[i * n + j]).toBeCloseTo(binomial, 9);
      }
    }
  });

  test.each([
    [1, 0.5],
    [2, 3],
    [40, 0.01],
    [40, 100],
  ])("Prop. 3.1: smoothing %d samples with λ = %d is ridge regression on the weights", (n, lambda) => {
    const y = signal(n);
    const integration = dense(integrationOperator(n, order), n);
    // Ridge as least squares [D⁻¹; √λ·I] w = [y; 0], by QR: a different problem and a different algorithm.
    const stacked = new Matrix(2 * n, n);
    stacked.setSubMatrix(integration, 0, 0);
    stacked.setSubMatrix(Matrix.eye(n).mul(Math.sqrt(lambda)), n, 0);
    const right = Matrix.columnVector([...y, ...new Float64Array(n)]);
    const ridge = integration.mmul(solve(stacked, right)).to1DArray();
    const smooth = splineSmooth(y, order, lambda);
    // The normal equations' condition, 1 + λ4^η; QR's error is amplified by ‖D⁻¹‖ ≤ n^η/√λ.
    const condition = 1 + lambda * 4 ** order + n ** order / Math.sqrt(lambda);
    for (let i = 0; i < n; i++) {
      expect(Math.abs((smooth[i] as number) - (ridge[i] as number))).toBeLessThan(n * Number.EPSILON * condition);
    }
  });
});

test("no penalty leaves the signal, and a heavy one takes all of it", () => {
  const y = signal(50);
  expect([...splineSmooth(y, 3, 0)]).toEqual([...y]);
  // The signal counts as 0 before its first sample, so that D has no null space: only 0 costs nothing.
  expect(Math.max(...splineSmooth(y, 1, 1e9).map(Math.abs))).toBeLessThan(1e-5);
});

test("sizes and penalties out of range are refused by name", () => {
  expect(() => differenceOperator(0, 1)).toThrow("n: 0 given");
  expect(() => integrationOperator(4, 0)).toThrow("order: 0 given");
  expect(() => splineSmooth([1, 2], 1, -1)).toThrow("lambda: -1 given");
  expect(() => splineSmooth([], 1, 1)).toThrow(ArgumentError);
});
