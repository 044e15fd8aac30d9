import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { type Mask, masks } from "../../src/theory/masks.ts";

// Two products, log1p, a product and expm1: five roundings of at most one unit in the last place each.
const fewUlp = 5 * Number.EPSILON;

function expectRelative(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThanOrEqual(tolerance * expected);
}

describe("against many digits", () => {
  // α, q, s, 1 − (1 − αs²)^q, 1 − exp(−αqs²), by mpmath.
  test.each([
    [1, 1e9, 1e-6, 0.0009995001666255078, 0.0009995001666250082],
    [1, 1e9, 1e-9, 9.999999995000002e-10, 9.999999995000002e-10],
    [1, 1e9, 3e-5, 0.5934303404240616, 0.5934303402594009],
    [1, 1e15, 1e-8, 0.09516258196404044, 0.09516258196404043],
    [1, 1e15, 1e-12, 9.999999995e-10, 9.999999995e-10],
    [1, 1e18, 1e-10, 0.009950166250831947, 0.009950166250831947],
    [0.5, 1e6, 1e-3, 0.3934694161037196, 0.3934693402873666],
    [0.25, 64, 0.75, 0.999938667058654, 0.9998765901959134],
    [0.5, 3, 1.25, 0.989532470703125, 0.9040329139550015],
    [0.5, 7, 1.75, 1.011942427168833, 0.9999778738413483],
    [1, 1, 1e-150, 1e-300, 1e-300],
  ])("α = %d, q = %d, s = %d", (learningRate, iterations, s, descent, flow) => {
    expectRelative(masks.gradientDescent({ learningRate, iterations })(s), descent, fewUlp);
    expectRelative(masks.gradientFlow({ learningRate, iterations })(s), flow, fewUlp);
  });
});

test("gradient descent's mask is what its steps do to one component", () => {
  const step = fc.record({ rate: fc.double({ min: 1e-3, max: 1.99, noNaN: true }), iterations: fc.nat(60) });
  fc.assert(
    fc.property(step, ({ rate, iterations }) => {
      // One sample, one weight, A = [1], y = 1: w ← w − α(w − 1).
      let weight = 0;
      for (let q = 0; q < iterations; q++) weight -= rate * (weight - 1);
      const mask = masks.gradientDescent({ learningRate: rate, iterations })(1);
      // Each step adds a rounding of at most a unit, and |1 − α| < 1 damps what came before.
      expect(Math.abs(mask - weight)).toBeLessThanOrEqual(4 * (iterations + 1) * Number.EPSILON);
    }),
  );
});

test("gradient descent meets the least-squares fit in one step where αs² = 1, and alternates about it beyond", () => {
  expect(masks.gradientDescent({ learningRate: 0.25, iterations: 1 })(2)).toBe(1);
  expect(masks.gradientDescent({ learningRate: 0.25, iterations: 1e15 })(2)).toBe(1);
  expect(masks.gradientDescent({ learningRate: 1.5, iterations: 3 })(1)).toBeCloseTo(1.125, 15);
  expect(masks.gradientDescent({ learningRate: 1.5, iterations: 4 })(1)).toBeCloseTo(0.9375, 15);
  expect(masks.gradientDescent({ learningRate: 2, iterations: 3 })(1)).toBe(2);
  expect(masks.gradientDescent({ learningRate: 2, iterations: 4 })(1)).toBe(0);
  expect(masks.gradientDescent({ learningRate: 3, iterations: 1e15 })(1)).toBe(Number.NEGATIVE_INFINITY);
});

test("ridge halves at s = √λ, and no penalty is least squares", () => {
  expect(masks.ridge({ lambda: 9 })(3)).toBe(0.5);
  expect(masks.ridge({ lambda: 3 })(1)).toBe(0.25);
  expect(masks.ridge({ lambda: 0 })(1e-200)).toBe(1);
  expect(masks.ridge({ lambda: 1 })(1e300)).toBe(1);
  expectRelative(masks.ridge({ lambda: 1 })(1e-100), 1e-200, fewUlp);
});

test("PCA keeps the threshold itself", () => {
  const mask = masks.pca({ threshold: 0.5 });
  expect([0.6, 0.5, 0.5 - Number.EPSILON, 0].map(mask)).toEqual([1, 1, 0, 0]);
});

const positive = fc.double({ min: 1e-12, max: 1e12, noNaN: true });
const iterations = fc.integer({ min: 0, max: 1e15 });
const anyMask: fc.Arbitrary<Mask> = fc.oneof(
  positive.map((lambda) => masks.ridge({ lambda })),
  positive.map((threshold) => masks.pca({ threshold })),
  // Gradient descent at rates that are stable up to s = 1e12.
  fc
    .tuple(fc.double({ min: 1e-40, max: 1e-24, noNaN: true }), iterations)
    .map(([learningRate, q]) => masks.gradientDescent({ learningRate, iterations: q })),
  fc.tuple(positive, iterations).map(([learningRate, q]) => masks.gradientFlow({ learningRate, iterations: q })),
);

test("every mask is 0 at 0, lies in [0, 1] and does not fall as s grows", () => {
  const twoValues = fc.tuple(positive, fc.double({ min: 1.001, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(anyMask, twoValues, (mask, [s, ratio]) => {
      const [lower, upper] = [mask(s), mask(Math.min(s * ratio, 1e12))];
      expect(mask(0)).toBe(0);
      expect(lower).toBeGreaterThanOrEqual(0);
      expect(upper).toBeLessThanOrEqual(1);
      // Where both are 1 to rounding they may differ by that rounding.
      expect(upper).toBeGreaterThanOrEqual(lower * (1 - 2 * fewUlp));
    }),
  );
});

test("no number of iterations and no singular value gives NaN", () => {
  for (const q of [0, 1, 2, 1e15]) {
    for (const s of [0, 5e-324, 1e-200, 1, 1e200, 1e300]) {
      expect(masks.gradientDescent({ learningRate: 1, iterations: q })(s)).not.toBeNaN();
      expect(masks.gradientFlow({ learningRate: 1, iterations: q })(s)).not.toBeNaN();
    }
    expect(masks.ridge({ lambda: 0 })(0)).toBe(0);
  }
});

test("parameters out of range are refused by name", () => {
  expect(() => masks.ridge({ lambda: -1 })).toThrow("lambda: -1 given");
  expect(() => masks.pca({ threshold: Number.NaN })).toThrow("threshold: NaN given");
  for (const law of [masks.gradientDescent, masks.gradientFlow]) {
    expect(() => law({ learningRate: 0, iterations: 1 })).toThrow("learningRate: 0 given");
    expect(() => law({ learningRate: 1, iterations: -1 })).toThrow("iterations: -1 given");
    expect(() => law({ learningRate: 1, iterations: Number.POSITIVE_INFINITY })).toThrow(ArgumentError);
  }
  expect(() => masks.gradientDescent({ learningRate: 1, iterations: 1.5 })).toThrow("iterations: 1.5 given");
});
