import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { masks } from "../../src/theory/masks.ts";
import {
  componentsFor,
  efficientLearningRate,
  iterationsAt,
  iterationsFor,
  thresholdAt,
  transitionWidth,
} from "../../src/theory/proposition.ts";

const laws = ["gradientFlow", "gradientDescent"] as const;
const epsilons = fc.double({ min: 0.01, max: 0.9, noNaN: true });
const learningRates = fc.double({ min: -12, max: 12, noNaN: true }).map((e) => 10 ** e);
// Up to q = 4.6e12: beyond 1e14 one iteration more or less drowns in the rounding of ασ².
const descending = fc
  .array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 })
  .map((values) => Float64Array.from(values).sort().reverse());

describe.each(laws)("%s", (law) => {
  test("iterationsAt and thresholdAt undo each other over 12 decades", () => {
    const iterations = fc.double({ min: 0, max: 12, noNaN: true }).map((e) => 10 ** e);
    fc.assert(
      fc.property(iterations, learningRates, epsilons, (q, learningRate, maskThreshold) => {
        const threshold = thresholdAt({ iterations: q, learningRate, maskThreshold, law });
        const back = iterationsAt({ threshold, learningRate, maskThreshold, law });
        // ακ² carries about four roundings; r ↦ log(1 − r) enlarges them by at most 1/(ε·|log ε|) for q ≥ 1.
        const enlarged = 1 + (law === "gradientDescent" ? 1 / (maskThreshold * -Math.log(maskThreshold)) : 0);
        expect(Math.abs(back - q)).toBeLessThanOrEqual(8 * enlarged * Number.EPSILON * q);
      }),
    );
  });

  test("the mask of q iterations is 1 − ε at the threshold", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), learningRates, epsilons, (q, learningRate, maskThreshold) => {
        const threshold = thresholdAt({ iterations: q, learningRate, maskThreshold, law });
        const value = masks[law]({ learningRate, iterations: q })(threshold);
        expect(Math.abs(value - (1 - maskThreshold))).toBeLessThanOrEqual(8 * Number.EPSILON);
      }),
    );
  });

  test("iterationsFor is the smallest number of iterations that keeps K components", () => {
    fc.assert(
      fc.property(descending, fc.nat(19), epsilons, (singularValues, index, maskThreshold) => {
        const components = 1 + (index % singularValues.length);
        const options = { singularValues, maskThreshold, law };
        const iterations = iterationsFor({ ...options, components });
        expect(Number.isInteger(iterations)).toBe(true);
        expect(componentsFor({ ...options, iterations })).toBeGreaterThanOrEqual(components);
        if (iterations > 1) expect(componentsFor({ ...options, iterations: iterations - 1 })).toBeLessThan(components);
      }),
    );
  });

  test("σ = 0 is kept by no number of iterations, and the others are unmoved by it", () => {
    const singularValues = [4, 2, 0];
    expect(() => iterationsFor({ singularValues, components: 3, law })).toThrow(
      "components: 3 given, fewer expected: no number of iterations keeps σ = 0",
    );
    expect(iterationsFor({ singularValues, components: 1, law })).toBe(1);
    expect(componentsFor({ singularValues, iterations: 1e15, law })).toBe(2);
  });

  test("any ε and any learning rate are taken, and a smaller rate costs in proportion", () => {
    const singularValues = [1, 1e-3];
    const q = (learningRate: number) =>
      iterationsFor({ singularValues, components: 2, learningRate, maskThreshold: 0.01, law });
    // log ε/(ακ²) to the half-step that rounding up adds.
    expect(Math.abs(q(1) - Math.log(100) * 1e6)).toBeLessThan(3);
    expect(Math.abs(q(0.01) - Math.log(100) * 1e8)).toBeLessThan(3);
  });
});

test("by default q_K = (σ₁/σ_K)², and an integer ratio is not rounded up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (ratio, last) => {
      const singularValues = [ratio * last, last];
      expect(iterationsFor({ singularValues, components: 2 })).toBe(ratio * ratio);
    }),
  );
  const heaviside = [1, 1 / 3, 1 / 5, 1 / 7];
  expect([1, 2, 3, 4].map((components) => iterationsFor({ singularValues: heaviside, components }))).toEqual([
    1, 9, 25, 49,
  ]);
  expect(componentsFor({ singularValues: heaviside, iterations: 24 })).toBe(2);
  expect(componentsFor({ singularValues: heaviside, iterations: 25 })).toBe(3);
});

test("the window σ₁/κ is √q at the iteration-efficient rate", () => {
  const singularValues = [7, 3];
  const learningRate = efficientLearningRate(singularValues);
  expect(learningRate).toBe(1 / 49);
  for (const iterations of [10, 1e3, 1e6]) {
    expect(7 / thresholdAt({ iterations, learningRate })).toBeCloseTo(Math.sqrt(iterations), 9);
  }
});

test("gradient descent needs fewer iterations than gradient flow, and as many for small ακ²", () => {
  const learningRate = 1;
  // −log(1 − r) > r, and the two differ by the factor 1 + r/2 + …
  expect(iterationsAt({ threshold: 0.5, learningRate, law: "gradientDescent" })).toBeCloseTo(-1 / Math.log(0.75), 14);
  expect(iterationsAt({ threshold: 0.5, learningRate })).toBeCloseTo(4, 14);
  const small = { threshold: 1e-8, learningRate };
  expect(iterationsAt({ ...small, law: "gradientDescent" }) / iterationsAt(small)).toBeCloseTo(1, 15);
});

test("beyond 1/σ₁² gradient descent waits for the leading component too, and diverges from 2/σ₁²", () => {
  const options = { singularValues: [1, 0.9], components: 2, law: "gradientDescent", learningRate: 1.9 } as const;
  const iterations = iterationsFor(options);
  const descent = masks.gradientDescent({ learningRate: 1.9, iterations });
  for (const s of options.singularValues) expect(Math.abs(1 - descent(s))).toBeLessThanOrEqual(1 / Math.E);
  expect(iterations).toBe(Math.ceil(1 / -Math.log(0.9)));
  expect(componentsFor({ ...options, iterations })).toBe(2);
  expect(componentsFor({ ...options, iterations: iterations - 1 })).toBe(1);
  expect(() => iterationsFor({ ...options, learningRate: 2 })).toThrow(
    "learningRate: 2 given, below 2/σ² = 2 expected",
  );
});

test("the mask's fall is analytic: 26.6 dB from 0.99 to 0.01", () => {
  expect(transitionWidth(0.99, 0.01)).toBeCloseTo(26.61, 2);
  expect(transitionWidth(0.99, 0.05)).toBeCloseTo(19.53, 2);
  const mask = masks.gradientFlow({ learningRate: 1, iterations: 1e4 });
  const at = (value: number) => thresholdAt({ iterations: 1e4, learningRate: 1, maskThreshold: 1 - value });
  expect(mask(at(0.01))).toBeCloseTo(0.01, 14);
  expect(transitionWidth(0.99, 0.01)).toBeCloseTo(20 * Math.log10(at(0.99) / at(0.01)), 12);
});

test("arguments out of range are refused by name", () => {
  const singularValues = [2, 1];
  expect(() => iterationsFor({ singularValues, components: 3 })).toThrow("components: 3 given, at most 2");
  expect(() => iterationsFor({ singularValues, components: 0 })).toThrow("components: 0 given");
  expect(() => iterationsFor({ singularValues: [1, 2], components: 1 })).toThrow("singularValues[1]: 2 given after 1");
  expect(() => iterationsFor({ singularValues: [0], components: 1 })).toThrow("singularValues[0]: 0 given");
  expect(() => efficientLearningRate([])).toThrow("singularValues: none given");
  expect(() => componentsFor({ singularValues, iterations: 0 })).toThrow("iterations: 0 given");
  expect(() => iterationsAt({ threshold: 1, learningRate: -1 })).toThrow("learningRate: -1 given");
  expect(() => thresholdAt({ iterations: 1, learningRate: 1, maskThreshold: 1 })).toThrow("maskThreshold: 1 given");
  expect(() => transitionWidth(1, 0.5)).toThrow(ArgumentError);
});
