import { expect, test } from "vitest";
import { type AcceleratedRun, findingOf as accelerationOf } from "../../src/paper/l2-acceleration.ts";
import { type ChangedSpectrum, findingOf as preconditioningOf } from "../../src/paper/l8-preconditioning.ts";
import { findingOf as randomFeaturesOf, type WidthResult } from "../../src/paper/l9-random-features.ts";

/** Verdicts follow from the numbers alone: each part of a law turns where its number is off. */

test("L2: exponents that double, with Nesterov's momentum up to 2ζ = 3", () => {
  const methods = ["gradientDescent", "nesterov", "nuMethod", "chebyshev"] as const;
  const runs = (changed: Partial<Record<AcceleratedRun["method"], number>>) =>
    [1, 2, 3, 4].flatMap((smoothness) =>
      methods.map((method): AcceleratedRun => {
        const zeta = (2 * smoothness - 1) / 4;
        const lawful = { gradientDescent: 1, nesterov: smoothness === 4 ? 1.7 : 2, nuMethod: 2, chebyshev: 2 };
        const times = lawful[method] * (changed[method] ?? 1);
        const loss = changed[method] ?? 1;
        return {
          method,
          smoothness,
          zeta,
          iterations: [10],
          losses: [loss * 10 ** (-2 * zeta)],
          exponent: times * zeta,
        };
      }),
    );
  expect(accelerationOf(runs({}), "").verdict).toBe("holds");
  for (const changed of [{ nesterov: 0.89 }, { nesterov: 1.07 }, { nuMethod: 0.89 }, { chebyshev: 2.1 }]) {
    expect(accelerationOf(runs(changed), "").verdict, JSON.stringify(changed)).toBe("holds in part");
  }
  expect(accelerationOf(runs({ gradientDescent: 0.5, chebyshev: 3 }), "").verdict).toBe("differs");
});

test("L8: masks within rounding, and equal numbers of steps", () => {
  const spectrum: ChangedSpectrum = {
    method: "EigenPro",
    ratios: Array.from({ length: 64 }, (_, k) => 1 / (k + 1)),
    measured: [],
    iterations: 10.4,
    iterationsOnChanged: 10.6,
    apart: 1e-6,
  };
  expect(preconditioningOf([spectrum], "").verdict).toBe("holds");
  expect(preconditioningOf([{ ...spectrum, apart: 1e-4 }], "").verdict).toBe("holds in part");
  expect(preconditioningOf([{ ...spectrum, iterations: 11.4 }], "").verdict).toBe("holds in part");
  expect(preconditioningOf([{ ...spectrum, apart: 1e-4, iterations: 11.4 }], "").verdict).toBe("differs");
});

test("L9: a peak at N = M, less beyond, and ridge below it", () => {
  const results = (peak: number, widest: number, ridge: number) =>
    [8, 32, 40, 256].map((width): WidthResult => {
      const leastSquares = { 8: 0.5, 32: peak, 40: 2, 256: widest }[width] as number;
      return { width, leastSquares, ridge, smallest: width === 32 ? 1e-3 : 1e-2 };
    });
  expect(randomFeaturesOf(results(8, 0.2, 0.1), "").verdict).toBe("holds");
  expect(randomFeaturesOf(results(1.9, 0.2, 0.1), "").verdict).toBe("holds in part");
  expect(randomFeaturesOf(results(8, 0.6, 0.1), "").verdict).toBe("holds in part");
  expect(randomFeaturesOf(results(8, 0.2, 3), "").verdict).toBe("holds in part");
  expect(randomFeaturesOf(results(1.9, 0.6, 3), "").verdict).toBe("differs");
});
