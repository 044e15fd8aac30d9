import { Matrix, solve } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { ArgumentError, NotFiniteError } from "../../src/errors.ts";
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

describe.each([1, 2, 3])("order %d with missing samples", (order) => {
  test.each([1e-3, 1, 100])("Prop. 3.1: the f of ridge regression on the samples that are seen, λ = %d", (lambda) => {
    const n = 24;
    const y = signal(n);
    const observed = Float64Array.from(y, (_, i) => (i % 3 === 1 || i < 2 || i > 20 ? 0 : 1));
    const integration = dense(integrationOperator(n, order), n);
    const rows = Array.from(observed, (seen, i) => (seen ? i : -1)).filter((i) => i >= 0);
    const stacked = new Matrix(rows.length + n, n);
    stacked.setSubMatrix(integration.subMatrixRow(rows), 0, 0);
    stacked.setSubMatrix(Matrix.eye(n).mul(Math.sqrt(lambda)), rows.length, 0);
    const right = Matrix.columnVector([...rows.map((i) => y[i] as number), ...new Float64Array(n)]);
    const ridge = integration.mmul(solve(stacked, right)).to1DArray();
    const smooth = splineSmooth(y, order, lambda, observed);
    const condition = Math.sqrt(1 / lambda + 4 ** order) * (2 * n) ** order;
    for (let i = 0; i < n; i++) {
      expect(Math.abs((smooth[i] as number) - (ridge[i] as number))).toBeLessThan(n * Number.EPSILON * condition);
    }
    // What stands at a missing sample does not count.
    const other = y.map((value, i) => (observed[i] ? value : 1e6));
    expect(splineSmooth(other, order, lambda, observed)).toEqual(smooth);
  });
});

test("between the samples that are seen, order 1 is straight and order 2 a cubic", () => {
  const observed = [1, 1, 1, 0, 0, 0, 0, 1, 1];
  const y = [1, 2, 2, 0, 0, 0, 0, 6, 7];
  const steps = (f: Float64Array) => Array.from(f.slice(1), (value, i) => value - (f[i] as number));
  const rises = steps(splineSmooth(y, 1, 1e-3, observed)).slice(2, 7);
  for (const rise of rises) expect(rise).toBeCloseTo(rises[0] as number, 12);
  const bends = steps(Float64Array.from(steps(splineSmooth(y, 2, 1e-3, observed))));
  for (const k of [3, 4])
    expect(2 * (bends[k] as number)).toBeCloseTo((bends[k - 1] as number) + (bends[k + 1] as number), 10);
});

test("the signal is unchanged without a penalty, and 0 with a heavy one", () => {
  const y = signal(50);
  expect([...splineSmooth(y, 3, 0)]).toEqual([...y]);
  // The signal counts as 0 before its first sample, so that D has no null space: only 0 costs nothing.
  expect(Math.max(...splineSmooth(y, 1, 1e9).map(Math.abs))).toBeLessThan(1e-5);
});

/** f at some samples of sin(i/300), solved by a banded LDLᵀ in 160 digits (mpmath). */
const references: [n: number, order: number, lambda: number, values: Record<number, number>][] = [
  [20000, 2, 1e16, { 0: 1.6763622e-10, 10000: 0.00772876361122881, 19999: 0.027239943 }],
  [200, 28, 1, { 0: 2.3895454741852272e-6, 50: 0.16575802848988939, 199: 0.61574674833771953 }],
  [1000, 4, 1e16, { 0: 7.5672528538198182e-9, 500: 1.0336356500455802, 999: -0.13753278384212639 }],
  [200, 3, 1e12, { 0: 4.2113993163705933e-7, 50: 0.0082887862595313062, 199: 0.29403999141716022 }],
];

test.each(references)("%d samples, order %d, λ = %d: many digits", (n, order, lambda, values) => {
  const f = splineSmooth(
    Float64Array.from({ length: n }, (_, i) => Math.sin(i / 300)),
    order,
    lambda,
  );
  for (const [i, expected] of Object.entries(values)) {
    const promised = 2 ** -53 * Math.sqrt(1 + lambda * 4 ** order);
    expect(Math.abs((f[Number(i)] as number) - expected), `f[${i}]`).toBeLessThan(promised);
  }
});

test("the greatest penalty and the greatest signal stay within float64", () => {
  const y = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i / 300));
  const f = splineSmooth(y, 1, 1e308);
  for (const [i, expected] of [
    [0, 6.3924577389608822e-307],
    [50, 3.1908331028542685e-305],
    [199, 8.5022294179990982e-305],
  ] as const) {
    expect((f[i] as number) / expected).toBeCloseTo(1, 12);
  }
  const huge = splineSmooth([1.7e308, -1.7e308], 1, 1);
  expect((huge[0] as number) / 3.4e307).toBeCloseTo(1, 12); // (3 −1; −1 2)⁻¹ = (2 1; 1 3)/5
  expect((huge[1] as number) / -6.8e307).toBeCloseTo(1, 12);
});

test("what float64 does not solve is refused, and so is what is no signal", () => {
  const y = signal(2000);
  expect(() => splineSmooth(y, 4, 1e20)).toThrow(
    "lambda: 100000000000000000000 given, at most 288230376151711740 expected with order 4",
  );
  expect(() => splineSmooth(y, 1e308, 1)).toThrow(ArgumentError);
  expect(() => splineSmooth([1, Number.NaN], 1, 1)).toThrow(NotFiniteError);
  expect(() => splineSmooth([1, Number.POSITIVE_INFINITY], 1, 1)).toThrow("y[1]: Infinity given");
});

test("an operator of any order takes time in proportion to its size, and is refused where it or its entries do not fit", () => {
  expect(() => integrationOperator(5, 1e308)).toThrow("order: 1e+308 given");
  expect(() => differenceOperator(5, 1e308)).toThrow("order: 1e+308 given");
  expect([...integrationOperator(1, 1e308)]).toEqual([1]);
  expect(integrationOperator(3, 2 ** 26)[6]).toBe(2 ** 25 * (2 ** 26 + 1));
  expect(differenceOperator(3, 2 ** 26)[6]).toBe(2 ** 25 * (2 ** 26 - 1));
  expect(() => integrationOperator(1e6, 2)).toThrow("n: 1000000 given, at most 11585 expected");
});

test("entries are exact below 2⁵³", () => {
  for (const [n, order] of [
    [57, 57],
    [60, 30],
    [400, 5],
  ] as const) {
    const [sums, differences] = [integrationOperator(n, order), differenceOperator(n, order)];
    let [rising, falling] = [1n, 1n];
    for (let k = 0; k < n; k++) {
      if (rising < 2n ** 53n) expect(sums[k * n]).toBe(Number(rising));
      if (falling > -(2n ** 53n) && falling < 2n ** 53n) expect(differences[k * n]).toBe(Number(falling));
      rising = (rising * BigInt(order + k)) / BigInt(k + 1);
      falling = (falling * BigInt(k - order)) / BigInt(k + 1);
    }
  }
});

test("sizes and penalties out of range are refused by name", () => {
  expect(() => differenceOperator(0, 1)).toThrow("n: 0 given");
  expect(() => integrationOperator(4, 0)).toThrow("order: 0 given");
  expect(() => splineSmooth([1, 2], 1, -1)).toThrow("lambda: -1 given");
  expect(() => splineSmooth([], 1, 1)).toThrow(ArgumentError);
  expect(() => splineSmooth([1, 2], 1, 1, [1])).toThrow("observed: 1 numbers given, 2, one for each sample, expected");
  expect(() => splineSmooth([1, 2], 1, 0, [1, 0])).toThrow("lambda: 0 given, at least");
});
