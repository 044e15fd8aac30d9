import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { chooseMethod } from "../../src/theory/methods/choose.ts";
import { assertStable, type Method, type Preconditioner } from "../../src/theory/methods/method.ts";
import { methodDefinitions, methods } from "../../src/theory/methods/registry.ts";
import filters from "../data/filters.json" with { type: "json" };

// Measured up to 3e-13, where hundreds of alternating steps add up; 1e-10 is what every weight V(m/σ) needs.
const promised = 1e-12;

const make = (name: string, parameters: unknown): Method =>
  (methods[name as keyof typeof methods] as (parameters: unknown) => Method)(parameters);

describe("masks against many digits, T up to 10⁹ and σ over twelve decades", () => {
  test.each(filters.map(({ method, parameters, values }) => ({ method, parameters, values })))(
    "$method $parameters",
    ({ method, parameters, values }) => {
      const optimiser = make(method, parameters);
      for (const [iterations, s, expected] of values as [number, number, number][]) {
        const allowed = expected < 0.5 ? promised * Math.abs(expected) : promised;
        const mask = optimiser.mask(iterations)(s);
        expect(Math.abs(mask - expected), `T = ${iterations}, σ = ${s}: ${mask} for ${expected}`).toBeLessThanOrEqual(
          allowed,
        );
      }
    },
  );
});

/** One component of `iterations` steps from w = 0 at the target 1, by the coefficients: σw, which is the mask. */
function walk(method: Method, iterations: number, s: number): number {
  const { iteration } = method;
  if (iteration.kind !== "linear") throw new Error("a linear method expected");
  const scale = directions(iteration.preconditioner?.(filterSpectrum))(s);
  let [mask, change] = [0, 0];
  for (let t = 1; t <= iterations; t++) {
    const { rate, momentum, extrapolation } = iteration.coefficients(t);
    change = momentum * change - rate * scale * s * s * (mask + extrapolation * change - 1);
    mask += change;
  }
  return mask;
}

const filterSpectrum = [1, 0.5, 0.15, 0.1, 0.01];

function directions(preconditioner: Preconditioner | undefined): (s: number) => number {
  if (preconditioner === undefined) return () => 1;
  return (s) => preconditioner.identity + (preconditioner.factors[filterSpectrum.indexOf(s)] ?? 0);
}

/** Every optimiser of the registry with chosen parameters, and some of them with others. */
const chosen = methodDefinitions.map((definition): [string, Method] => {
  const choice = { singularValues: filterSpectrum, samples: filterSpectrum.length, components: 3 };
  return [`${definition.label}, as chosen`, chooseMethod(definition, choice).method];
});

const linear: [string, Method][] = [
  ...chosen.filter(([, { iteration }]) => iteration.kind === "linear"),
  ["gradient descent", methods.gradientDescent({ learningRate: 1.7 })],
  ["heavy ball", methods.heavyBall({ learningRate: 3.7, momentum: 0.9 })],
  ["heavy ball without momentum", methods.heavyBall({ learningRate: 1.7, momentum: 0 })],
  ["heavy ball, slow", methods.heavyBall({ learningRate: 0.2, momentum: 0.999 })],
  ["Nesterov", methods.nesterov({ learningRate: 1.3, momentum: 0.9 })],
  ["Nesterov where αλ = 1", methods.nesterov({ learningRate: 1, momentum: 0.5 })],
  ["accelerated Nesterov", methods.acceleratedNesterov({ learningRate: 1 })],
  ["accelerated Nesterov beyond 1/α", methods.acceleratedNesterov({ learningRate: 1.33, b: 3 })],
  ["accelerated Nesterov, b = 0", methods.acceleratedNesterov({ learningRate: 1, b: 0 })],
  ["Chebyshev", methods.chebyshev({ lower: 1e-2, upper: 1 })],
  ["Chebyshev beyond its interval", methods.chebyshev({ lower: 0.1, upper: 0.95 })],
  ["ν-method", methods.nuMethod({ learningRate: 1, nu: 1 })],
  ["ν-method, ν = 0.3", methods.nuMethod({ learningRate: 0.9, nu: 0.3 })],
  ["iterated Tikhonov", methods.iteratedTikhonov({ lambda: 1e-2 })],
  ["preconditioned", methods.preconditioned({ learningRate: 1.5, lambda: 1e-3 })],
  ["EigenPro", methods.eigenPro({ learningRate: 80, eigenvectors: 2, singularValues: filterSpectrum })],
];

test.each(linear)("%s: the mask is what the steps do to each component", (_, method) => {
  // Every step adds a rounding of what it works with, and what is left of it oscillates along: measured up to 2e-12.
  const drift = 1e-11;
  for (const s of filterSpectrum) {
    for (let iterations = 0; iterations <= 57; iterations++) {
      expect(Math.abs(method.mask(iterations)(s) - walk(method, iterations, s))).toBeLessThanOrEqual(drift);
    }
    const long = 1500; // where closed forms stand in for steps
    expect(Math.abs(method.mask(long)(s) - walk(method, long, s))).toBeLessThanOrEqual(drift);
  }
});

test.each(linear)("%s: no step is 0 at once, no σ is fitted before the first step, and σ = 0 never", (_, method) => {
  expect(method.mask(0)(1)).toBe(0);
  for (const iterations of [0, 1, 2, 300, 1e9, 1e15]) expect(method.mask(iterations)(0)).toBe(0);
  for (const iterations of [1, 300, 1e9, 1e15]) {
    for (const s of [5e-324, 1e-200, 1e-30, 1e-9, 0.5, 0.999]) expect(method.mask(iterations)(s)).not.toBeNaN();
  }
  for (const iterations of [-1, 0.5, Number.NaN]) {
    expect(() => method.mask(iterations)).toThrow(ArgumentError);
    expect(() => method.mask(iterations)).toThrow(`iterations: ${iterations} given`);
  }
});

const rated: [string, (learningRate: number) => Method][] = [
  ["gradient descent", (learningRate) => methods.gradientDescent({ learningRate })],
  ["heavy ball, β = 0.8", (learningRate) => methods.heavyBall({ learningRate, momentum: 0.8 })],
  ["heavy ball, β = 0.1", (learningRate) => methods.heavyBall({ learningRate, momentum: 0.1 })],
  ["Nesterov, β = 0.8", (learningRate) => methods.nesterov({ learningRate, momentum: 0.8 })],
  ["Nesterov, β = 0.1", (learningRate) => methods.nesterov({ learningRate, momentum: 0.1 })],
  ["accelerated Nesterov", (learningRate) => methods.acceleratedNesterov({ learningRate })],
  ["ν-method", (learningRate) => methods.nuMethod({ learningRate, nu: 0.7 })],
  ["Chebyshev", (learningRate) => methods.chebyshev({ lower: 0.3 / learningRate, upper: 1.7 / learningRate })],
];

test.each(rated)("%s: below stableBelow the residual stays within the growth, above it does not", (_, make) => {
  const method = make(1);
  const inside = fc.tuple(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.integer({ min: 0, max: 1_000_000 }));
  fc.assert(
    fc.property(inside, ([share, iterations]) => {
      const residual = Math.abs(1 - method.mask(iterations)(Math.sqrt(share * method.stableBelow * (1 - 1e-12))));
      expect(residual).toBeLessThanOrEqual(method.growth * (1 + 1e-9));
    }),
    { examples: [[[1, 1]], [[1, 7]], [[1, 1000]]] },
  );
  const beyond = Math.sqrt(method.stableBelow * 1.01);
  // Or NaN, where it has overflowed.
  expect(Math.abs(1 - walk(method, 5000, beyond)) <= 1e3 * method.growth).toBe(false);
});

test("assertStable lets σ₁ up to stableBelow pass, and names what it refuses", () => {
  const method = methods.gradientDescent({ learningRate: 0.5 });
  assertStable(method, 1.999);
  expect(() => assertStable(method, 2)).toThrow(
    "gradientDescent at σ₁² = 4 given, σ² below 4, where it is stable, expected",
  );
  expect(() => assertStable(method, Number.NaN)).toThrow(ArgumentError);
  // The rate that a user takes: 1/σ₁², with its roundings.
  for (let k = 1; k <= 1000; k++) {
    const first = Math.sqrt(k) * 1.7;
    const nu = methods.nuMethod({ learningRate: 1 / (first * first), nu: 1 });
    assertStable(nu, first);
    expect(nu.mask(1000)(first)).toBeCloseTo(1, 5);
  }
  assertStable(methods.preconditioned({ learningRate: 1.9, lambda: 1e-9 }), 1e150);
});

test("one step of iterated Tikhonov is ridge regression; EigenPro without a gap is gradient descent", () => {
  const tikhonov = methods.iteratedTikhonov({ lambda: 4 }).mask(1);
  expect([2, 1e-100, 1e200].map(tikhonov)).toEqual([0.5, 2.5e-201, 1]);
  const flat = methods.eigenPro({ learningRate: 0.5, eigenvectors: 1, singularValues: [1, 1] });
  expect(flat.mask(9)(0.3)).toBe(methods.gradientDescent({ learningRate: 0.5 }).mask(9)(0.3));
});

test("the mean of SGD is gradient descent at α/N", () => {
  const mean = methods.sgd({ learningRate: 3.2, samples: 64, seed: 5 });
  expect(mean.mask(100)(0.7)).toBeCloseTo(methods.gradientDescent({ learningRate: 0.05 }).mask(100)(0.7), 14);
  expect(mean.iteration).toEqual({ kind: "sgd", learningRate: 3.2, samples: 64, seed: 5 });
});

test("a number given as a string is refused, not joined", () => {
  expect(() => make("acceleratedNesterov", { learningRate: 1, b: "3" })).toThrow('b: "3" given');
  expect(() => make("heavyBall", { learningRate: 1, momentum: "0.5" })).toThrow('momentum: "0.5" given');
  expect(() => make("preconditioned", { learningRate: "1", lambda: 1 })).toThrow('learningRate: "1" given');
  expect(() => make("gradientDescent", null)).toThrow("parameters: null given, an object expected");
  const mask = methods.gradientDescent({ learningRate: 1 }).mask(3) as (s: unknown) => number;
  expect(() => mask("0.5")).toThrow('singularValue: "0.5" given');
});

test("a method keeps what it was given, whatever the caller does to it later", () => {
  const singularValues = [1, 0.5, 0.25];
  const eigenPro = { learningRate: 8, eigenvectors: 2, singularValues };
  const problem = { singularValues, coefficients: [1, -1, 1] };
  const made = [methods.eigenPro(eigenPro).mask(3), methods.cgls().mask(2, problem)];
  const before = made.map((mask) => mask(0.5));
  singularValues.fill(1);
  problem.coefficients.fill(0);
  Object.assign(eigenPro, { learningRate: 1, eigenvectors: 1 });
  expect(made.map((mask) => mask(0.5))).toEqual(before);
});

test("neither least nor greatest parameters leave float64", () => {
  expect(methods.acceleratedNesterov({ learningRate: 1e308 }).stableBelow).toBeGreaterThan(0);
  expect(methods.nesterov({ learningRate: 1e308, momentum: 0.4 }).stableBelow).toBeGreaterThan(0);
  expect(methods.heavyBall({ learningRate: 1, momentum: 5e-324 }).mask(1000)(1)).toBe(1);
  const [near, far] = [1, 2 ** 1000].map((unit) => methods.chebyshev({ lower: 1e-3 * unit, upper: unit }).mask(9));
  expect(far?.(0.3 * 2 ** 500)).toBe(near?.(0.3));
  const small = methods.eigenPro({ learningRate: 1e308, eigenvectors: 1, singularValues: [1e-160, 1e-165] });
  expect(small.mask(1)(1e-160) / 1e-22).toBeCloseTo(1, 6); // α·λ₂, of which λ₂ = 1e-330 is no float64
  expect(() => methods.chebyshev({ lower: 5e-324, upper: 2 })).toThrow("lower: 5e-324 given");
});

test("the registry names its methods as they name themselves", () => {
  expect(chosen.map(([, { name }]) => name)).toEqual(Object.keys(methods));
});

test.each<[string, () => Method]>([
  ["learningRate: 0 given", () => methods.gradientDescent({ learningRate: 0 })],
  ["learningRate: NaN given", () => methods.heavyBall({ learningRate: Number.NaN, momentum: 0.5 })],
  ["momentum: 1 given, a number from 0 to below 1", () => methods.heavyBall({ learningRate: 1, momentum: 1 })],
  ["momentum: -0.1 given", () => methods.nesterov({ learningRate: 1, momentum: -0.1 })],
  ["b: -1 given", () => methods.acceleratedNesterov({ learningRate: 1, b: -1 })],
  ["lower: 0 given", () => methods.chebyshev({ lower: 0, upper: 1 })],
  ["upper: 1 given, above lower = 1 expected", () => methods.chebyshev({ lower: 1, upper: 1 })],
  ["b: 101 given, a number from 0 to 100", () => methods.acceleratedNesterov({ learningRate: 1, b: 101 })],
  ["nu: 21 given, a number above 0 and at most 20", () => methods.nuMethod({ learningRate: 1, nu: 21 })],
  ["seed: 4294967296 given", () => methods.sgd({ learningRate: 1, samples: 1, seed: 2 ** 32 })],
  ["nu: 0 given", () => methods.nuMethod({ learningRate: 1, nu: 0 })],
  ["lambda: 0 given", () => methods.iteratedTikhonov({ lambda: 0 })],
  ["learningRate: 2 given, a number between 0 and 2", () => methods.preconditioned({ learningRate: 2, lambda: 1 })],
  ["eigenvectors: 0 given", () => methods.eigenPro({ learningRate: 1, eigenvectors: 0, singularValues: [1, 0.5] })],
  [
    "eigenvectors: 2 given, below the 2",
    () => methods.eigenPro({ learningRate: 1, eigenvectors: 2, singularValues: [1, 1] }),
  ],
  ["singularValues[1]: 0 given", () => methods.eigenPro({ learningRate: 1, eigenvectors: 1, singularValues: [1, 0] })],
  ["below 2/λ = 8 expected", () => methods.eigenPro({ learningRate: 8, eigenvectors: 1, singularValues: [1, 0.5] })],
  ["samples: 0.5 given", () => methods.sgd({ learningRate: 1, samples: 0.5, seed: 1 })],
  ["seed: -1 given", () => methods.sgd({ learningRate: 1, samples: 1, seed: -1 })],
])("%s", (message, build) => {
  expect(build).toThrow(ArgumentError);
  expect(build).toThrow(message);
});
