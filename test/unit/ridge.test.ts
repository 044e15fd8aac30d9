import { Matrix, SVD } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { discrepancyRidge, gcvRidge, looRidge } from "../../src/theory/ridge.ts";
import problems from "../data/ridge.json" with { type: "json" };

/** A problem in the basis of its SVD, times a power of two, with U and y. */
function inBasis({ rows, cols, A, y }: (typeof problems)[number], unit = 1) {
  const svd = new SVD(Matrix.from1DArray(rows, cols, A), { autoTranspose: true });
  const U = svd.leftSingularVectors.to1DArray();
  const targets = y.map((value) => value * unit);
  const coefficients = svd.diagonal.map((_, k) =>
    targets.reduce((sum, value, i) => sum + value * (U[i * cols + k] as number), 0),
  );
  const outside = targets.reduce((sum, value, i) => {
    const inside = coefficients.reduce((fit, c, k) => fit + c * (U[i * cols + k] as number), 0);
    return sum + (value - inside) ** 2;
  }, 0);
  return { singularValues: svd.diagonal, coefficients, outside, samples: rows, left: U, targets };
}

describe.for(problems)("a ridge of $rows × $cols, against hat matrices in SciPy", (given) => {
  test.for([1, 2 ** 300, 2 ** -300])("y times %d", (unit) => {
    const { left, targets, ...problem } = inBasis(given, unit);
    expect(gcvRidge(problem) / given.gcv).toBeCloseTo(1, 5);
    expect(looRidge(problem, left, targets) / given.loo).toBeCloseTo(1, 5);
    expect(discrepancyRidge({ ...problem, noise: given.noise * unit }) / given.discrepancy).toBeCloseTo(1, 8);
  });
});

describe("at the ends of the search", () => {
  const exact = { singularValues: [2, 1], coefficients: [1, 1], outside: 0, samples: 3 };
  const noise = { singularValues: [2, 1], coefficients: [0, 0], outside: 1, samples: 3 };

  test("least squares where the data have no noise", () => {
    expect(gcvRidge(exact)).toBe(0);
    expect(discrepancyRidge({ ...exact, outside: 1, noise: 0.1 })).toBe(0);
  });

  test("w = 0 where y has nothing in the columns of A", () => {
    expect(gcvRidge(noise)).toBe(Number.POSITIVE_INFINITY);
    expect(discrepancyRidge({ ...noise, noise: 1 })).toBe(Number.POSITIVE_INFINITY);
  });

  test("as many samples as parameters: GCV is the ratio of two sums that vanish together", () => {
    // σ = 1 twice: 1 − m = λ/(1 + λ) cancels, and every λ has the same score; the largest is chosen.
    const flat = { singularValues: [1, 1], coefficients: [1, 1], outside: 0, samples: 2 };
    expect(gcvRidge(flat)).toBe(Number.POSITIVE_INFINITY);
    // c₂ is noise: the least of (μ₁² + c²μ₂²)/(μ₁ + μ₂)², μ = λ/(σ² + λ).
    const square = { singularValues: [10, 1], coefficients: [1, 0.1], outside: 0, samples: 2 };
    const lambda = gcvRidge(square);
    const score = (at: number) => {
      const [a, b] = [at / (100 + at), at / (1 + at)];
      return (a * a + 0.01 * b * b) / (a + b) ** 2;
    };
    for (const factor of [0.99, 1.01]) expect(score(lambda)).toBeLessThan(score(lambda * factor));
  });
});

test("refuses lengths that do not fit, by name", () => {
  const problem = { singularValues: [1], coefficients: [1], outside: 0, samples: 2 };
  expect(() => gcvRidge({ ...problem, coefficients: [1, 2] })).toThrow("coefficients: 2 given");
  expect(() => gcvRidge({ ...problem, samples: 0 })).toThrow("samples: 0 given");
  expect(() => looRidge(problem, [1, 2, 3], [1, 2])).toThrow(
    "left and targets: 3 and 2 numbers given, 2×1 and 2 expected",
  );
  expect(() => discrepancyRidge({ ...problem, noise: -1 })).toThrow("noise: -1 given");
});
