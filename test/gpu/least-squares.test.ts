import { Matrix as DenseMatrix, SVD } from "ml-matrix";
import { describe, expect } from "vitest";
import { type LeastSquares, masks, methods, NotFiniteError } from "../../src/index.ts";
import problems from "../data/ridge.json" with { type: "json" };
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { type Dataset, filip, longley, wamplers } from "../support/nist.ts";
import { relativeError } from "../support/numbers.ts";

/** The largest relative error of a coefficient. */
function coefficientError({ coefficients }: LeastSquares, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs((coefficients[i] as number) / value - 1)));
}

describe("NIST's datasets, in extended precision", () => {
  // Entries are stored with about 48 bits: 83.0 of Longley keeps all of its digits, 88.2 and Filip's powers do not.
  const sets: [string, Dataset, number][] = [
    ["Longley", longley, 1e-12],
    ...wamplers.map((set, i): [string, Dataset, number] => [`Wampler${i + 1}`, set, 1e-12]),
    ["Filip", filip, 1e-6],
  ];

  test.for(sets)("%s: every coefficient, and the residual", async ([, set, bound], { engine }) => {
    const { rows, cols, design, y, coefficients, residual } = set;
    using A = await engine.matrix({ data: design, rows, cols, precision: "extended" });
    const fit = await engine.leastSquares(A, y);
    expect(fit).toMatchObject({ rank: cols, scaling: "columns", precision: "extended" });
    expect(coefficientError(fit, coefficients)).toBeLessThan(bound);
    if (residual > 0) expect(Math.abs((fit.residualNorms[0] as number) ** 2 / residual - 1)).toBeLessThan(bound);
    else expect(fit.residualNorms[0]).toBeLessThan(1e-8);
    expect(fit.corrections).toBeLessThan(6);
  });

  test("Filip without scaling is of rank 9, and says so", async ({ engine }) => {
    const { rows, cols, design, y } = filip;
    using A = await engine.matrix({ data: design, rows, cols, precision: "extended" });
    const fit = await engine.leastSquares(A, y, { scaling: "none" });
    expect(fit.rank).toBe(9);
    expect(fit.degreesOfFreedom[0]).toBe(9);
    expect(fit.explanation).toContain("The rank is 9 of 11: singular values below");
  });
});

describe("in single precision", () => {
  const [rows, cols] = [70, 40];
  const entries = randomMatrix(rows, cols);
  const y = Float64Array.from({ length: 2 * rows }, (_, i) => Math.sin(i ** 2));
  const columns = (values: Float64Array, length: number) =>
    new DenseMatrix([[...values.subarray(0, length)], [...values.subarray(length)]]).transpose();

  test("two right-hand sides against ml-matrix", async ({ engine }) => {
    using A = await engine.matrix({ data: entries, rows, cols });
    const fit = await engine.leastSquares(A, y);
    const dense = DenseMatrix.from1DArray(rows, cols, Array.from(entries));
    const expected = new SVD(dense, { autoTranspose: true }).solve(columns(y, rows));
    expect(relativeError(fit.coefficients, Float64Array.from(expected.transpose().to1DArray()))).toBeLessThan(1e-5);
    const fitted = dense.mmul(columns(fit.coefficients, cols)).transpose().to1DArray();
    expect(relativeError(fit.fitted, Float64Array.from(fitted))).toBeLessThan(1e-5);
    for (const run of [0, 1]) {
      const own = fitted.slice(run * rows, (run + 1) * rows);
      const norm = Math.hypot(...own.map((value, i) => (y[run * rows + i] as number) - value));
      expect((fit.residualNorms[run] as number) / norm).toBeCloseTo(1, 5);
    }
    expect(fit).toMatchObject({ rank: cols, corrections: 0, lambda: new Float64Array(2) });
    expect(engine.memory.buffers).toBe(1);
  });

  test("a wide matrix, and a deficient one: w of minimum norm", async ({ engine }) => {
    using wide = await engine.matrix({ data: entries, rows: cols, cols: rows });
    const target = y.subarray(0, cols);
    const fit = await engine.leastSquares(wide, target);
    const dense = DenseMatrix.from1DArray(cols, rows, Array.from(entries));
    const expected = new SVD(dense, { autoTranspose: true }).solve(DenseMatrix.columnVector(target)).to1DArray();
    expect(relativeError(fit.coefficients, Float64Array.from(expected))).toBeLessThan(1e-4);
    expect(fit).toMatchObject({ rank: cols, scaling: "none" });

    // The second column is twice the first: the least norm has the weights 1/5 and 2/5 of 1 · first.
    using twice = await engine.matrix({ data: [1, 2, 1, 2, 3, 6], rows: 3, cols: 2 });
    const shared = await engine.leastSquares(twice, [1, 1, 3]);
    expect(shared).toMatchObject({ rank: 1, scaling: "none" });
    expect(relativeError(shared.coefficients, Float64Array.of(0.2, 0.4))).toBeLessThan(1e-6);
    expect(shared.explanation).toContain("The rank is 1 of 2");
  });

  test("columns of very different size are told apart by scaling", async ({ engine }) => {
    const sizes = [1e12, 1, 1e-12];
    const data = Float64Array.from({ length: 30 }, (_, i) => Math.sin(i ** 2 + 1) * (sizes[i % 3] as number));
    using A = await engine.matrix({ data, rows: 10, cols: 3 });
    const w = [2e-12, -3, 4e12];
    const target = Float64Array.from({ length: 10 }, (_, i) =>
      w.reduce((sum, value, j) => sum + value * (data[3 * i + j] as number), 0),
    );
    const fit = await engine.leastSquares(A, target);
    expect(fit).toMatchObject({ rank: 3, scaling: "columns" });
    expect(coefficientError(fit, w)).toBeLessThan(1e-5);
    expect((await engine.leastSquares(A, target, { scaling: "none" })).rank).toBe(1);
  });

  test("rcond decides the rank", async ({ engine }) => {
    using A = await engine.matrix({ data: [4, 0, 0, 2, 0, 0, 0, 0, 1], rows: 3, cols: 3 });
    using diagonal = await engine.matrix({ data: [4, 0, 0, 0, 2, 0, 0, 0, 1], rows: 3, cols: 3 });
    const fit = await engine.leastSquares(diagonal, [4, 4, 4], { rcond: 0.4, scaling: "none" });
    expect(Array.from(fit.coefficients, (w) => Number(w.toFixed(6)))).toEqual([1, 2, 0]);
    expect(fit).toMatchObject({ rank: 2, cutoff: 0.4 * (fit.singularValues[0] as number) });
    expect((await engine.leastSquares(A, [1, 1, 1])).rank).toBe(2);
  });
});

describe("with a shrinkage", () => {
  test.for(problems)("a ridge of $rows × $cols by each rule, against SciPy", async (given, { engine }) => {
    const { rows, cols, noise, y } = given;
    using A = await engine.matrix({ data: given.A, rows, cols, precision: "extended" });
    for (const ridge of ["gcv", "loo", "discrepancy"] as const) {
      const fit = await engine.leastSquares(A, y, { ridge, ...(ridge === "discrepancy" && { noise }) });
      expect((fit.lambda[0] as number) / given[ridge]).toBeCloseTo(1, 5);
      // The normal equations of the ridge: Aᵀ(y − A·w) = λ·w.
      for (let j = 0; j < cols; j++) {
        const left = y.reduce(
          (sum, value, i) => sum + (given.A[i * cols + j] as number) * (value - (fit.fitted[i] as number)),
          0,
        );
        expect(left).toBeCloseTo((fit.lambda[0] as number) * (fit.coefficients[j] as number), 9);
      }
      expect(fit.scaling).toBe("none");
      expect(fit.degreesOfFreedom[0]).toBeLessThan(cols);
    }
  });

  test("a mask, and a method with its iterations, are those of shrink", async ({ engine }) => {
    const [rows, cols] = [30, 20];
    using A = await engine.matrix({ data: randomMatrix(rows, cols), rows, cols });
    const y = Float64Array.from({ length: rows }, (_, i) => Math.sin(i));
    using svd = await engine.svd(A);
    const [largest = 0] = svd.singularValues;
    const mask = masks.pca({ threshold: largest / 2 });
    const byMask = await engine.leastSquares(A, y, { mask });
    expect(byMask.coefficients).toEqual((await engine.shrink(svd, y, mask)).weights);
    expect(byMask.degreesOfFreedom[0]).toBe(svd.singularValues.filter((s) => s >= largest / 2).length);
    const method = methods.gradientDescent({ learningRate: 1 / largest ** 2 });
    const byMethod = await engine.leastSquares(A, y, { method, iterations: 12 });
    expect(byMethod.coefficients).toEqual((await engine.shrink(svd, y, method.mask(12))).weights);
    expect(byMethod.explanation).toContain("12 iterations of gradientDescent");
    expect(byMethod.lambda.length).toBe(0);
  });
});

test("options that do not fit, and numbers that are not finite, are refused by name", async ({ engine }) => {
  using A = await engine.matrix({ data: [1, 2, 3, 4], rows: 2, cols: 2 });
  using many = await engine.matrix({ data: [1, 2, 3, 4], rows: 1, cols: 2, batch: 2 });
  const method = methods.cgls();
  const refused: [Parameters<typeof engine.leastSquares>[2], string][] = [
    [{ ridge: 1, mask: () => 1 }, "ridge and mask given, one of them at most expected"],
    [{ ridge: -1 }, "ridge: -1 given"],
    [{ ridge: "aic" as never }, 'ridge: "aic" given, one of "gcv", "loo", "discrepancy" expected'],
    [{ ridge: "discrepancy" }, "noise: undefined given"],
    [{ noise: 1 }, 'noise given without ridge: "discrepancy", which it is for'],
    [{ method }, "iterations: undefined given"],
    [{ iterations: 3 }, "iterations given without method, which they are for"],
  ];
  for (const [options, message] of refused) {
    await expect(engine.leastSquares(A, [1, 2], options), message).rejects.toThrow(message);
  }
  await expect(engine.leastSquares(A, [1, 2, 3])).rejects.toThrow("y: 3 numbers given, runs × 2 expected");
  await expect(engine.leastSquares(many, [1])).rejects.toThrow("a: a batch of 2 matrices given");
  await expect(engine.leastSquares(A, [1, Number.NaN])).rejects.toThrow(NotFiniteError);
  expect(engine.memory.buffers).toBe(2);
});
