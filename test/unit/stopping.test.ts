import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import type { Method } from "../../src/theory/methods/method.ts";
import { methods } from "../../src/theory/methods/registry.ts";
import { discrepancyIterations, gcvIterations } from "../../src/theory/stopping.ts";

// A smooth signal in noise: coefficients fall as 1/k below noise of standard deviation 0.02 a sample.
const count = 40;
const samples = 60;
const noise = 0.02;
const singularValues = Array.from({ length: count }, (_, i) => 1 / (1 + i));
const coefficients = Array.from(
  { length: count },
  (_, i) => 2 / (1 + i) ** 2 + noise * Math.sqrt(2) * Math.sin(1 + 7 * i * i),
);
const outside = (samples - count) * noise * noise;

const every: [string, Method][] = [
  ["gradient descent", methods.gradientDescent({ learningRate: 1 })],
  ["iterated Tikhonov", methods.iteratedTikhonov({ lambda: 0.5 })],
  ["EigenPro", methods.eigenPro({ learningRate: 8, eigenvectors: 2, singularValues })],
  ["SGD in the mean", methods.sgd({ learningRate: 2, samples, seed: 1 })],
  ["CGLS", methods.cgls()],
  ["heavy ball", methods.heavyBall({ learningRate: 1, momentum: 0.8 })],
  ["accelerated Nesterov", methods.acceleratedNesterov({ learningRate: 1 })],
  ["ν-method", methods.nuMethod({ learningRate: 1, nu: 1 })],
];

function residual(method: Method, iterations: number) {
  const mask = method.mask(iterations, { singularValues, coefficients });
  const left = singularValues.map((s) => 1 - mask(s));
  const square = left.reduce((a, value, i) => a + (value * (coefficients[i] as number)) ** 2, outside);
  return { square, trace: left.reduce((a, b) => a + b, samples - count) };
}

describe.each(every)("%s", (_, method) => {
  const problem = { method, singularValues, coefficients, outside, samples, maxIterations: 2000 };

  test("the discrepancy principle stops at the first T down to τ√N·δ", () => {
    for (const [delta, tau] of [
      [noise, 1.01],
      [noise, 1.5],
      [0.1, 1],
      [10, 1],
    ] as const) {
      let first = 0;
      while (Math.sqrt(residual(method, first).square) > tau * Math.sqrt(samples) * delta) first++;
      expect(discrepancyIterations({ ...problem, noise: delta, tau })).toBe(first);
    }
    expect(discrepancyIterations({ ...problem, noise: 1e-9 })).toBe(2000);
    expect(discrepancyIterations({ ...problem, noise: 1e-9, maxIterations: 0 })).toBe(0);
  });

  if (method.dependsOnTargets) return;

  test("generalised cross-validation finds the least of all T", () => {
    const scores = Array.from({ length: 2001 }, (_, iterations) => {
      const { square, trace } = residual(method, iterations);
      return (samples * square) / trace ** 2;
    });
    expect(gcvIterations(problem)).toBe(scores.indexOf(Math.min(...scores)));
    expect(gcvIterations({ ...problem, maxIterations: 0 })).toBe(0);
    expect(gcvIterations({ ...problem, maxIterations: 1 })).toBe(1);
  });
});

test("both rules stop near the T whose error is least, where more iterations would fit noise", () => {
  const method = methods.gradientDescent({ learningRate: 1 });
  const problem = { method, singularValues, coefficients, outside, samples, maxIterations: 1e9 };
  const error = (iterations: number) => {
    const mask = method.mask(iterations);
    return Math.hypot(...singularValues.map((s, i) => mask(s) * (coefficients[i] as number) - 2 / (1 + i) ** 2));
  };
  const best = Math.min(...Array.from({ length: 3000 }, (_, iterations) => error(iterations)));
  expect(error(gcvIterations(problem))).toBeLessThan(1.3 * best);
  expect(error(discrepancyIterations({ ...problem, noise }))).toBeLessThan(1.3 * best);
  expect(error(1e9)).toBeGreaterThan(1.3 * best);
});

test("large answers are found as surely as small ones", () => {
  const method = methods.gradientDescent({ learningRate: 1e-6 });
  const near = methods.gradientDescent({ learningRate: 1 });
  const problem = { singularValues, coefficients, outside, samples, maxIterations: 1e12, noise };
  expect(
    discrepancyIterations({ ...problem, method }) / discrepancyIterations({ ...problem, method: near }) / 1e6,
  ).toBeCloseTo(1, 1);
  expect(gcvIterations({ ...problem, method }) / gcvIterations({ ...problem, method: near }) / 1e6).toBeCloseTo(1, 1);
});

test("the scale of y does not change the answer, and a limit beyond float64's integers is refused", () => {
  const method = methods.gradientDescent({ learningRate: 1 });
  const problem = { method, singularValues, coefficients, outside, samples, maxIterations: 2000, noise };
  for (const unit of [2 ** -500, 2 ** 500]) {
    const scaled = {
      ...problem,
      coefficients: coefficients.map((c) => c * unit),
      outside: outside * unit * unit,
      noise: noise * unit,
    };
    expect(discrepancyIterations(scaled)).toBe(discrepancyIterations(problem));
    expect(gcvIterations(scaled)).toBe(gcvIterations(problem));
  }
  expect(() => discrepancyIterations({ ...problem, maxIterations: 1e300 })).toThrow(
    "maxIterations: 1e+300 given, at most",
  );
});

test("NaN and infinities are refused wherever they stand", () => {
  const method = methods.gradientDescent({ learningRate: 1 });
  const problem = { method, singularValues, coefficients, outside, samples, maxIterations: 10 };
  const fault = [Number.NaN, ...coefficients.slice(1)];
  for (const rule of [gcvIterations, (given: typeof problem) => discrepancyIterations({ ...given, noise })]) {
    expect(() => rule({ ...problem, coefficients: fault })).toThrow("coefficients[0]: NaN given");
    expect(() => rule({ ...problem, singularValues: fault })).toThrow("singularValues[0]: NaN given");
    expect(() => rule({ ...problem, outside: Number.POSITIVE_INFINITY })).toThrow("outside: Infinity given");
    expect(() => rule({ ...problem, samples: Number.NaN })).toThrow("samples: NaN given");
    expect(() => rule({ ...problem, method: "cgls" as unknown as Method })).toThrow('method: "cgls" given');
  }
  expect(() => discrepancyIterations({ ...problem, noise, tau: Number.NaN })).toThrow("tau: NaN given");
});

test("what does not fit is refused by name", () => {
  const method = methods.gradientDescent({ learningRate: 1 });
  const problem = { method, singularValues, coefficients, outside, samples, maxIterations: 10 };
  expect(() => gcvIterations({ ...problem, method: methods.cgls() })).toThrow("method: cgls given");
  expect(() => gcvIterations({ ...problem, coefficients: [1] })).toThrow("coefficients: 1 given");
  expect(() => gcvIterations({ ...problem, outside: -1 })).toThrow("outside: -1 given");
  expect(() => gcvIterations({ ...problem, samples: 39 })).toThrow("samples: 39 given, an integer of at least 40");
  expect(() => gcvIterations({ ...problem, maxIterations: 0.5 })).toThrow("maxIterations: 0.5 given");
  expect(() => discrepancyIterations({ ...problem, noise: Number.NaN })).toThrow("noise: NaN given");
  expect(() => discrepancyIterations({ ...problem, noise, tau: 0 })).toThrow(ArgumentError);
});
