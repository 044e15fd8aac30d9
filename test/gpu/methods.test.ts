import { describe, expect } from "vitest";
import {
  chooseMethod,
  type Engine,
  type Matrix,
  type Method,
  methodDefinitions,
  methods,
  offsetBiases,
  offsetSamples,
  type SpectralProblem,
  type Svd,
} from "../../src/index.ts";
import { alternating } from "../support/alternating.ts";
import { test } from "../support/engine.ts";
import { relativeError } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";

const ROWS = 48;
const COLS = 64;
const STEPS = [1, 7, 57, 1000];
const ACTIVATIONS = ["relu", "tanh", "heaviside"] as const;

/** max|ŷ_iterated − ŷ_mask|/max|ŷ| that float32 may come to in 1000 steps. */
const TOLERANCE = 1e-4;

/**
 * Methods that enlarge roundings: their residual polynomials are steep at the ends of the interval they are made for.
 */
const STEEP = { tolerance: 5e-4, names: ["chebyshev", "nuMethod"] };

const x = offsetSamples(ROWS);
/** A slope, a wave and a step: all singular directions take part. */
const y = Float64Array.from(x, (at) => at + 0.3 * Math.sin(20 * at) + (at > 0.4 ? 0.5 : 0));
/**
 * Targets for which the methods err most: one with much in small σ, and a smooth one, at the top of Chebyshev's
 * interval.
 */
const targets = { y, noise: createRandom(11).normals(ROWS), smooth: Float64Array.from(x, (at) => Math.sin(6 * at)) };
const all = Float64Array.from(Object.values(targets).flatMap((target) => [...target]));

/** Every closed-form method of the registry, and one that it does not have, with parameters that suit the spectrum. */
function methodsFor({ singularValues }: Svd): Method[] {
  const top = (singularValues[0] as number) ** 2;
  const learningRate = 1 / top;
  const at = (k: number) => (singularValues[k] as number) ** 2;
  const listed = [
    methods.gradientDescent({ learningRate }),
    methods.heavyBall({ learningRate, momentum: 0.9 }),
    methods.nesterov({ learningRate, momentum: 0.9 }),
    methods.acceleratedNesterov({ learningRate: 0.9 * learningRate }),
    methods.acceleratedNesterov({ learningRate: 0.9 * learningRate, b: 4 }),
    methods.chebyshev({ lower: at(8), upper: 1.001 * top }),
    methods.nuMethod({ learningRate: 0.99 * learningRate, nu: 1 }),
    methods.nuMethod({ learningRate: 0.99 * learningRate, nu: 2.5 }),
    methods.iteratedTikhonov({ lambda: 1e-3 * top }),
    methods.preconditioned({ learningRate: 1.5, lambda: 1e-4 * top }),
    methods.eigenPro({ learningRate: 1 / at(6), eigenvectors: 6, singularValues }),
    alternating.create({ learningRate, share: 0.4 }),
  ];
  const chosen = methodDefinitions.map((definition) => {
    return chooseMethod(definition, { singularValues, samples: ROWS, components: 8 }).method;
  });
  const names = new Set(listed.map(({ name }) => name));
  return [...listed, ...chosen.filter(({ name, iteration }) => iteration.kind === "linear" && !names.has(name))];
}

/** A and its SVD for the length of `work`. */
async function withProblem(
  engine: Engine,
  activation: (typeof ACTIVATIONS)[number],
  work: (a: Matrix, svd: Svd) => Promise<void>,
  scale = COLS,
) {
  using a = await engine.activationMatrix({ activation, scale, x, b: offsetBiases(COLS) });
  // The mask of many steps depends on small σ more than float32 resolves them.
  using svd = await engine.svd(a, { precision: "extended" });
  await work(a, svd);
}

/** Uᵀy in float64. */
async function coefficientsOf({ U }: Svd, y: Float64Array): Promise<Float64Array> {
  const u = await U.read();
  return Float64Array.from({ length: U.cols }, (_, k) =>
    y.reduce((sum, value, n) => sum + value * (u[n * U.cols + k] as number), 0),
  );
}

describe("the iteration is its filter", () => {
  for (const activation of ACTIVATIONS) {
    test(`${activation}: every closed-form method`, async ({ engine }) => {
      await withProblem(engine, activation, async (a, svd) => {
        for (const method of methodsFor(svd)) {
          for (const iterations of STEPS) {
            const { prediction } = await engine.descend(a, all, { method, iterations, basis: svd });
            const expected = await engine.shrink(svd, all, method.mask(iterations));
            const allowed = STEEP.names.includes(method.name) ? STEEP.tolerance : TOLERANCE;
            Object.keys(targets).forEach((name, run) => {
              const of = (values: Float32Array | Float64Array) => values.subarray(run * ROWS, (run + 1) * ROWS);
              const error = relativeError(of(prediction), of(expected.prediction));
              expect.soft(error, `${method.name}, T = ${iterations}, ${name}`).toBeLessThan(allowed);
            });
          }
        }
      });
    });

    test(`${activation}: CGLS`, async ({ engine }) => {
      await withProblem(engine, activation, async (a, svd) => {
        const problem = { singularValues: svd.singularValues, coefficients: await coefficientsOf(svd, y) };
        const method = methods.cgls();
        for (const iterations of STEPS) {
          const { prediction } = await engine.descend(a, y, { method, iterations });
          const expected = await engine.shrink(svd, y, method.mask(iterations, problem));
          const error = relativeError(prediction, expected.prediction);
          expect.soft(error, `T = ${iterations}`).toBeLessThan(TOLERANCE);
        }
      });
    });
  }

  // Below 1e-3, the rest of y is in components that float32 distinguishes less and less from its own rounding.
  for (const [activation, scale] of [
    ["relu", COLS],
    ["tanh", COLS],
    ["tanh", 8],
  ] as const) {
    test(`${activation} at scale ${scale}: CGLS as far as float32 resolves its gradient`, async ({ engine }) => {
      await withProblem(
        engine,
        activation,
        async (a, svd) => {
          for (const [name, target] of Object.entries(targets)) {
            const problem = { singularValues: svd.singularValues, coefficients: await coefficientsOf(svd, target) };
            for (const iterations of [1, 5, 10, 14, 20, 30, 48]) {
              const mask = methods.cgls().mask(iterations, problem);
              const { prediction } = await engine.descend(a, target, { method: methods.cgls(), iterations });
              const expected = await engine.shrink(svd, target, mask);
              const error = relativeError(prediction, expected.prediction);
              const gradient = leastGradient(problem, target, iterations);
              const allowed = gradient > 1e-3 ? TOLERANCE : 1e-6 / gradient;
              expect.soft(error, `${name}, T = ${iterations}, gradient ${gradient}`).toBeLessThan(allowed);
            }
          }
        },
        scale,
      );
    });
  }
});

test("a method whose functions read their object, or inherit, descends as the same one without", async ({ engine }) => {
  class Halves {
    readonly kind = "linear";
    readonly learningRate = 0.5;
    coefficients() {
      return { rate: this.learningRate, momentum: 0, extrapolation: 0 };
    }
    preconditioner(singularValues: ArrayLike<number>) {
      return { identity: this.learningRate, factors: new Float64Array(singularValues.length) };
    }
  }
  using a = await engine.matrix({ data: [1, 0, 0, 0.5], rows: 2, cols: 2 });
  using basis = await engine.svd(a);
  const method = Object.create({ ...methods.cgls(), name: "halves", iteration: new Halves() });
  const { weights } = await engine.descend(a, [4, 8], { method, basis, iterations: 2 });
  // w⁺ = w − ¼·Aᵀ(A·w − y) in each entry: 1 and 1¾; 1 and 1 + 1 − 1/16.
  expect(Array.from(weights, (weight) => Math.round(weight * 2 ** 16) / 2 ** 16)).toEqual([1.75, 2 - 1 / 16]);
});

/** The least ‖Aᵀr‖/(σ₁‖r‖), r = y − Aw, that CGLS's steps up to `iterations` start from, in exact arithmetic. */
function leastGradient(problem: SpectralProblem, target: Float64Array, iterations: number): number {
  const { singularValues, coefficients } = problem;
  const inside = Array.from(coefficients).reduce((sum, c) => sum + c * c, 0);
  const outside = Math.max(
    0,
    target.reduce((sum, value) => sum + value * value, -inside),
  );
  let least = 1;
  for (let t = 0; t < Math.min(iterations, singularValues.length); t++) {
    const mask = methods.cgls().mask(t, problem);
    const left = Array.from(singularValues, (s, i) => (1 - mask(s)) * (coefficients[i] as number));
    const gradient = Math.hypot(...left.map((value, i) => value * (singularValues[i] as number)));
    least = Math.min(least, gradient / ((singularValues[0] as number) * Math.sqrt(outside + Math.hypot(...left) ** 2)));
  }
  return least;
}
