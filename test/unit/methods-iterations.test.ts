import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { iterationsToKeep } from "../../src/theory/methods/iterations.ts";
import type { Method } from "../../src/theory/methods/method.ts";
import { methods } from "../../src/theory/methods/registry.ts";
import { iterationsFor, type ShrinkageLaw } from "../../src/theory/proposition.ts";

const geometric = (count: number, last: number) => Array.from({ length: count }, (_, i) => last ** (i / (count - 1)));
const singularValues = geometric(40, 0.02);

const monotone: [string, Method][] = [
  ["gradient descent", methods.gradientDescent({ learningRate: 1 })],
  ["gradient descent, alternating", methods.gradientDescent({ learningRate: 1.98 })],
  ["heavy ball without momentum", methods.heavyBall({ learningRate: 1.2, momentum: 0 })],
  ["iterated Tikhonov", methods.iteratedTikhonov({ lambda: 0.05 })],
  ["preconditioned", methods.preconditioned({ learningRate: 1.99, lambda: 0.05 })],
  ["EigenPro", methods.eigenPro({ learningRate: 3, eigenvectors: 5, singularValues })],
  ["SGD in the mean", methods.sgd({ learningRate: 4, samples: 8, seed: 1 })],
];

const oscillating: [string, Method][] = [
  ["heavy ball", methods.heavyBall({ learningRate: 1, momentum: 0.9 })],
  ["heavy ball near its edge", methods.heavyBall({ learningRate: 3.79, momentum: 0.9 })],
  ["Nesterov", methods.nesterov({ learningRate: 1, momentum: 0.95 })],
  ["Nesterov beyond 1/α", methods.nesterov({ learningRate: 1.35, momentum: 0.9 })],
  ["accelerated Nesterov", methods.acceleratedNesterov({ learningRate: 1 })],
  ["accelerated Nesterov beyond 1/α", methods.acceleratedNesterov({ learningRate: 1.33, b: 3 })],
  ["Chebyshev", methods.chebyshev({ lower: 0.01, upper: 1 })],
  ["ν-method", methods.nuMethod({ learningRate: 1, nu: 1 })],
  ["ν-method, ν = 0.4", methods.nuMethod({ learningRate: 1, nu: 0.4 })],
];

/** The last T up to `most` at which one of the masks is not within ε of 1. */
function lastOutside(method: Method, kept: readonly number[], maskThreshold: number, most: number): number {
  for (let iterations = most; iterations > 0; iterations--) {
    const mask = method.mask(iterations);
    if (kept.some((s) => Math.abs(1 - mask(s)) > maskThreshold * (1 + 1e-12))) return iterations;
  }
  return 0;
}

const requests = [1, 7, 25].flatMap((components) =>
  [1 / Math.E, 0.05].map((maskThreshold) => ({ components, maskThreshold })),
);

test.each(monotone)("%s: the first T at which all masks are within ε, by looking at every T", (_, method) => {
  for (const { components, maskThreshold } of requests) {
    const answer = iterationsToKeep({ method, singularValues, components, maskThreshold });
    const kept = singularValues.slice(0, components);
    expect(answer).toBe(lastOutside(method, kept, maskThreshold, 10_000) + 1);
  }
});

test.each(oscillating)(
  "%s: from the answer on all masks stay within ε, and it comes within a turn of the last that is not",
  (_, method) => {
    for (const { components, maskThreshold } of requests) {
      const answer = iterationsToKeep({ method, singularValues, components, maskThreshold });
      const kept = singularValues.slice(0, components);
      const last = lastOutside(method, kept, maskThreshold, 10_000);
      expect(answer).toBeGreaterThan(last);
      // One turn of the slowest is 2π/(√α·σ) steps or less, and the amplitude is met once in half of that; near the edge
      // of stability, where signs alternate, the turn is that of what is left: about twenty steps here.
      expect(answer - last).toBeLessThanOrEqual(20 + (2 * Math.PI) / (kept[components - 1] as number));
    }
  },
);

test.each([...monotone, ...oscillating])("%s: fewer components, or a wider ε, take no more iterations", (_, method) => {
  let before = 0;
  for (let components = 1; components <= 40; components++) {
    const answer = iterationsToKeep({ method, singularValues, components });
    expect(answer).toBeGreaterThanOrEqual(before);
    expect(iterationsToKeep({ method, singularValues, components, maskThreshold: 0.9 })).toBeLessThanOrEqual(answer);
    before = answer;
  }
});

test("gradient descent's is that of the proposition, at any rate, over twelve decades", () => {
  const wide = geometric(60, 1e-6);
  for (const learningRate of [1e-3, 0.5, 1, 1.7]) {
    const method = methods.gradientDescent({ learningRate });
    for (const components of [1, 2, 30, 60]) {
      for (const maskThreshold of [1 / Math.E, 0.5, 1e-6]) {
        expect(iterationsToKeep({ method, singularValues: wide, components, maskThreshold })).toBe(
          iterationsFor({ singularValues: wide, components, learningRate, maskThreshold, law: "gradientDescent" }),
        );
      }
    }
  }
});

test("gradient descent counts by the law that is asked for, and no other method has more than one count", () => {
  const request = { singularValues, components: 7 };
  const counts = (method: Method) =>
    (["gradientFlow", "gradientDescent"] as const).map((law) => iterationsToKeep({ ...request, method, law }));
  const byLaw = (law: ShrinkageLaw) => iterationsFor({ ...request, learningRate: 1, law });
  const [flow, own] = counts(methods.gradientDescent({ learningRate: 1 }));
  expect([flow, own]).toEqual([byLaw("gradientFlow"), byLaw("gradientDescent")]);
  expect(flow).toBeGreaterThan(own as number);
  for (const [, method] of oscillating) expect(new Set(counts(method)).size).toBe(1);
});

test("momentum takes the root of what gradient descent takes, and large answers come at once", () => {
  const wide = geometric(500, 1e-6);
  const started = performance.now();
  const plain = iterationsToKeep({
    method: methods.gradientDescent({ learningRate: 1 }),
    singularValues: wide,
    components: 500,
  });
  const accelerated = iterationsToKeep({
    method: methods.acceleratedNesterov({ learningRate: 1 }),
    singularValues: wide,
    components: 500,
  });
  const nu = iterationsToKeep({
    method: methods.nuMethod({ learningRate: 1, nu: 1 }),
    singularValues: wide,
    components: 500,
  });
  const tikhonov = iterationsToKeep({
    method: methods.iteratedTikhonov({ lambda: 1 }),
    singularValues: wide,
    components: 500,
  });
  expect(plain).toBe(1e12);
  expect(tikhonov).toBe(1e12 + 1);
  for (const answer of [accelerated, nu]) expect(answer / 1e6).toBeGreaterThan(0.5);
  for (const answer of [accelerated, nu]) expect(answer / 1e6).toBeLessThan(5);
  expect(performance.now() - started).toBeLessThan(1000);
});

describe("CGLS", () => {
  const problem = {
    singularValues: geometric(30, 0.01),
    coefficients: Array.from({ length: 30 }, (_, i) => Math.sin(1 + i) / (1 + i)),
  };
  const method = methods.cgls();

  test("from the answer on all masks stay within ε, and one step before they do not", () => {
    for (const components of [1, 5, 30]) {
      const kept = problem.singularValues.slice(0, components);
      const answer = iterationsToKeep({ method, singularValues: problem.singularValues, components, problem });
      const within = (iterations: number) => {
        const mask = method.mask(iterations, problem);
        return kept.every((s) => Math.abs(1 - mask(s)) <= 1 / Math.E);
      };
      for (let iterations = answer; iterations <= 31; iterations++) expect(within(iterations)).toBe(true);
      if (answer > 1) expect(within(answer - 1)).toBe(false);
    }
  });

  test("without a problem, or where y has nothing at σ_K, it is refused", () => {
    const spectrum = problem.singularValues;
    expect(() => iterationsToKeep({ method, singularValues: spectrum, components: 3 })).toThrow("problem: none given");
    const blind = { singularValues: [1, 0.5, 0.1], coefficients: [1, 0, 1] };
    expect(iterationsToKeep({ method, singularValues: [1], components: 1, problem: blind })).toBeGreaterThanOrEqual(1);
    const nothing = { singularValues: [1, 0.5], coefficients: [1, 0] };
    expect(() => iterationsToKeep({ method, singularValues: [1, 0.5], components: 2, problem: nothing })).toThrow(
      ArgumentError,
    );
  });
});

test("what cannot be kept is refused by name", () => {
  const method = methods.nesterov({ learningRate: 1, momentum: 0.5 });
  const request = { method, singularValues: [1, 0.5, 0], components: 2 };
  expect(() => iterationsToKeep({ ...request, components: 3 })).toThrow("σ = 0 given");
  expect(() => iterationsToKeep({ ...request, components: 4 })).toThrow("components: 4 given, at most 3 expected");
  expect(() => iterationsToKeep({ ...request, components: 0 })).toThrow("components: 0 given");
  expect(() => iterationsToKeep({ ...request, maskThreshold: 1 })).toThrow("maskThreshold: 1 given");
  expect(() => iterationsToKeep({ ...request, singularValues: [1, 2] })).toThrow("singularValues[1]: 2 given");
  expect(() => iterationsToKeep({ ...request, singularValues: [2, 1] })).toThrow("where it is stable");
  expect(() => iterationsToKeep({ ...request, singularValues: [1, 1e-100] })).toThrow("no number of iterations");
});
