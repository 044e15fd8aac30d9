import { inverse, Matrix, SVD } from "ml-matrix";
import { expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { masks } from "../../src/theory/masks.ts";
import { degreesOfFreedom, discrepancy, gcvScore, lossOf, risk, steinRisk } from "../../src/theory/risk.ts";
import { createRandom } from "../support/random.ts";

const [samples, width, lambda, noise] = [12, 7, 0.3, 0.4];
const random = createRandom(3);
const A = Matrix.from1DArray(samples, width, random.normals(samples * width));
const truth = Matrix.columnVector(random.normals(samples));

// Ridge by its normal equations: no singular value takes part.
const hat = A.mmul(inverse(A.transpose().mmul(A).add(Matrix.eye(width).mul(lambda)))).mmul(A.transpose());
const squares = (matrix: Matrix) => matrix.to1DArray().reduce((sum, value) => sum + value * value, 0);

const { leftSingularVectors: U, diagonal } = new SVD(A);
const factors = diagonal.map(masks.ridge({ lambda }));
const inBasis = (y: Matrix) => {
  const coefficients = U.transpose().mmul(y).to1DArray();
  return { coefficients, outside: squares(y) - coefficients.reduce((sum, c) => sum + c * c, 0), samples };
};

test("bias, variance and degrees of freedom are those of the hat matrix", () => {
  const { biasSquare, variance, total } = risk(factors, inBasis(truth), noise);
  expect(biasSquare).toBeCloseTo(squares(Matrix.sub(truth, hat.mmul(truth))) / samples, 13);
  expect(variance).toBeCloseTo((noise ** 2 * squares(hat)) / samples, 13);
  expect(total).toBe(biasSquare + variance);
  expect(degreesOfFreedom(factors)).toBeCloseTo(hat.trace(), 13);
});

test("the loss, the score of cross-validation and the discrepancy are those of the residual", () => {
  const y = Matrix.add(truth, Matrix.columnVector(random.normals(samples)).mul(noise));
  const residual = Matrix.sub(y, hat.mmul(y));
  const loss = lossOf(factors, inBasis(y));
  expect(loss).toBeCloseTo(squares(residual) / samples, 13);
  // The definition of Golub, Heath and Wahba: (1/N)‖(I − H)y‖²/((1/N) tr(I − H))².
  const trace = Matrix.sub(Matrix.eye(samples), hat).trace() / samples;
  expect(gcvScore({ factors, loss, samples })).toBeCloseTo(squares(residual) / samples / trace ** 2, 13);
  expect(discrepancy(loss, noise)).toBeCloseTo(Math.sqrt(squares(residual)) / (Math.sqrt(samples) * noise), 13);
});

test("Stein's estimate is the risk in the mean", () => {
  const draws = 4000;
  const estimates = Array.from({ length: draws }, () => {
    const y = Matrix.add(truth, Matrix.columnVector(random.normals(samples)).mul(noise));
    return steinRisk({ factors, loss: lossOf(factors, inBasis(y)), samples }, noise);
  });
  const mean = estimates.reduce((sum, value) => sum + value, 0) / draws;
  const spread = Math.sqrt(estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws);
  // Four standard errors of the mean.
  expect(Math.abs(mean - risk(factors, inBasis(truth), noise).total)).toBeLessThan((4 * spread) / Math.sqrt(draws));
});

test("a smoother that fits every sample has variance s² and an infinite score", () => {
  const ones = { factors: [1, 1], loss: 0, samples: 2 };
  expect(risk(ones.factors, { coefficients: [3, 4], samples: 2 }, 0.5)).toEqual({
    biasSquare: 0,
    variance: 0.25,
    total: 0.25,
  });
  expect(gcvScore(ones)).toBe(Number.POSITIVE_INFINITY);
  expect(steinRisk(ones, 0.5)).toBe(0.25);
});

test("refuses lengths that differ, and numbers out of range", () => {
  const truth = { coefficients: [1, 2], samples: 2 };
  expect(() => risk([1], truth, 1)).toThrow(/factors: 1 given/);
  expect(() => risk([1, 1], truth, -1)).toThrow(ArgumentError);
  expect(() => risk([1, 1], { ...truth, samples: 1 }, 1)).toThrow(/samples/);
  expect(() => lossOf([1, 1], { ...truth, outside: -1 })).toThrow(/outside/);
  expect(() => gcvScore({ factors: [1], loss: -1, samples: 1 })).toThrow(/loss/);
  expect(() => discrepancy(1, 0)).toThrow(/noise/);
});
