import { describe, expect } from "vitest";
import {
  type Engine,
  type Matrix,
  type Method,
  methods,
  offsetBiases,
  offsetSamples,
  type Svd,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";

const ROWS = 48;
const COLS = 64;
const STEPS = [1, 7, 57, 1000];
const ACTIVATIONS = ["relu", "tanh", "heaviside"] as const;

/** max|ŷ_iterated − ŷ_mask|/max|ŷ| that float32 may come to in 1000 steps. */
const TOLERANCE = 2e-4;

const x = offsetSamples(ROWS);
/** A slope, a wave and a step: all singular directions take part. */
const y = Float64Array.from(x, (at) => at + 0.3 * Math.sin(20 * at) + (at > 0.4 ? 0.5 : 0));

/** Every closed-form method with parameters that suit the spectrum. */
function methodsFor({ singularValues }: Svd): Method[] {
  const top = (singularValues[0] as number) ** 2;
  const learningRate = 1 / top;
  const at = (k: number) => (singularValues[k] as number) ** 2;
  return [
    methods.gradientDescent({ learningRate }),
    methods.heavyBall({ learningRate, momentum: 0.9 }),
    methods.nesterov({ learningRate, momentum: 0.9 }),
    methods.acceleratedNesterov({ learningRate: 0.9 * learningRate }),
    methods.acceleratedNesterov({ learningRate: 0.9 * learningRate, b: 4 }),
    methods.chebyshev({ lower: at(8), upper: 1.001 * top }),
    methods.nuMethod({ learningRate: 0.99 * learningRate, nu: 1 }),
    methods.nuMethod({ learningRate: 0.99 * learningRate, nu: 2.5 }),
    methods.iteratedTikhonov({ mu: 1e-3 * top }),
    methods.preconditioned({ learningRate: 1.5, mu: 1e-4 * top }),
    methods.eigenPro({ learningRate: 1 / at(6), components: 6, singularValues }),
  ];
}

/** A and its SVD for the length of `work`. */
async function withProblem(
  engine: Engine,
  activation: (typeof ACTIVATIONS)[number],
  work: (a: Matrix, svd: Svd) => Promise<void>,
) {
  using a = await engine.activationMatrix({ activation, scale: COLS, x, b: offsetBiases(COLS) });
  // A mask of many steps changes with small σ faster than float32 tells them.
  using svd = await engine.svd(a, { precision: "extended" });
  await work(a, svd);
}

function relativeError(computed: ArrayLike<number>, expected: ArrayLike<number>): number {
  const errors = Array.from(expected, (value, i) => Math.abs((computed[i] ?? Number.NaN) - value));
  return Math.max(...errors) / Math.max(...Array.from(expected, Math.abs));
}

/** Uᵀy in float64. */
async function coefficientsOf({ U }: Svd): Promise<Float64Array> {
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
            const { prediction } = await engine.descend(a, y, { method, iterations, basis: svd });
            const expected = await engine.shrink(svd, y, method.mask(iterations));
            const error = relativeError(prediction, expected.prediction);
            expect.soft(error, `${method.name}, T = ${iterations}`).toBeLessThan(TOLERANCE);
          }
        }
      });
    });

    test(`${activation}: CGLS`, async ({ engine }) => {
      await withProblem(engine, activation, async (a, svd) => {
        const problem = { singularValues: svd.singularValues, coefficients: await coefficientsOf(svd) };
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
});
