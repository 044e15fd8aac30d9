import { describe, expect } from "vitest";
import {
  ArgumentError,
  type Descent,
  discrepancyIterations,
  type Engine,
  gcvIterations,
  type LinearOperator,
  methods,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { createRandom } from "../support/random.ts";
import { b, COLS, relu, x, y } from "../support/step-signal.ts";

describe("stopping early", () => {
  const recordAt = Array.from({ length: 41 }, (_, i) => i * 50);
  const { normal } = createRandom(11);
  const noise = 0.1;
  const clean = (at: number) => Math.sin(6 * at);
  const noisy = Float64Array.from(x, (at) => clean(at) + noise * normal());
  const between = Float64Array.from({ length: 25 }, (_, i) => (i + 0.37) / 25);
  const input = { activation: "tanh", scale: COLS, b } as const;

  /** The weights of a run that ends at this step. */
  const weightsAt = async (engine: Engine, a: LinearOperator, learningRate: number, iterations: number) =>
    (await engine.descend(a, noisy, { learningRate, iterations })).weights;

  for (const form of ["stored", "generated"] as const) {
    test(`${form}: the best step on held-out samples, and both loss curves`, async ({ engine }) => {
      using a = await engine.activationOperator({ ...input, x, form });
      using heldOut = await engine.activationOperator({ ...input, x: between, form });
      const learningRate = 1 / (await engine.largestSingularValue(a)) ** 2;
      const heldOutY = between.map(clean);
      const run: Descent = await engine.descend(a, noisy, {
        learningRate,
        iterations: 2000,
        recordAt,
        stopping: { rule: "heldOut", matrix: heldOut, y: heldOutY },
      });
      const curve = run.heldOutLosses as Float64Array;
      expect(curve).toHaveLength(recordAt.length);
      expect(run.losses).toHaveLength(recordAt.length);
      const best = curve.indexOf(Math.min(...curve));
      expect(best).toBeGreaterThan(0);
      expect(best).toBeLessThan(recordAt.length - 1); // the run overfits in the end
      expect(run.stopped?.iterations).toEqual([recordAt[best]]);
      expect(run.stopped?.weights).toEqual(await weightsAt(engine, a, learningRate, recordAt[best] as number));
      const { losses } = await engine.descend(heldOut, heldOutY, {
        learningRate,
        iterations: 0,
        initialWeights: run.stopped?.weights as Float32Array,
      });
      expect(curve[best]).toBeCloseTo(losses[0] as number, 6);
    });
  }

  test("the discrepancy principle chooses the first step within the noise, and the descent ends soon after", async ({
    engine,
  }) => {
    using a = await engine.activationMatrix({ ...input, x });
    const learningRate = 1 / (await engine.largestSingularValue(a)) ** 2;
    const full = await engine.descend(a, noisy, { learningRate, iterations: 2000, recordAt });
    const first = full.losses.findIndex((loss) => loss < (1.01 * noise) ** 2);
    expect(first).toBeGreaterThan(0);
    const run = await engine.descend(a, noisy, {
      learningRate,
      iterations: 1_000_000,
      recordAt: Array.from({ length: 20_001 }, (_, i) => i * 50),
      stopping: { rule: "discrepancy", noise },
    });
    expect(run.stopped?.iterations).toEqual([recordAt[first]]);
    expect(run.stopped?.weights).toEqual(await weightsAt(engine, a, learningRate, recordAt[first] as number));
    expect(run.state.iterations).toBeLessThan(1_000_000);
    expect(run.losses).toHaveLength(run.recordedAt.length);
  });

  test("rules from the SVD: the discrepancy principle chooses the run's step, GCV one with a small error", async ({
    engine,
  }) => {
    using a = await engine.activationMatrix({ ...input, x });
    using svd = await engine.svd(a);
    const learningRate = 1 / (svd.singularValues[0] as number) ** 2;
    const method = methods.gradientDescent({ learningRate });
    const [projection] = await engine.project(svd, noisy);
    const problem = { method, maxIterations: 2000, ...projection };
    const every = Array.from({ length: 2001 }, (_, i) => i);
    const { losses } = await engine.descend(a, noisy, { learningRate, iterations: 2000, recordAt: every });
    const first = losses.findIndex((loss) => loss <= (1.01 * noise) ** 2);
    expect(Math.abs(discrepancyIterations({ ...problem, noise }) - first)).toBeLessThanOrEqual(1);

    // GCV estimates the error against the clean signal: at its step, that error is of the order of the least one.
    const errorAt = async (iterations: number) => {
      const { prediction } = await engine.shrink(svd, noisy, method.mask(iterations));
      return prediction.reduce((sum, value, n) => sum + (value - clean(x[n] as number)) ** 2, 0);
    };
    const errors = await Promise.all(recordAt.filter((_, i) => i % 5 === 0).map(errorAt));
    const chosen = await errorAt(gcvIterations(problem));
    expect(chosen).toBeLessThan(2.5 * Math.min(...errors)); // an estimate from 40 samples scatters
    expect(chosen).toBeLessThan(0.9 * (errors.at(-1) as number));
    await expect(engine.project(svd, [1])).rejects.toThrow("y: 1 numbers given, runs × 40 expected");
  });

  test("each run has a step of its own, or none where it never meets the rule", async ({ engine }) => {
    using a = await engine.activationMatrix({ ...input, x });
    const learningRate = 1 / (await engine.largestSingularValue(a)) ** 2;
    const targets = [...noisy, ...noisy.map((value) => 1000 * value)];
    const stopping = { rule: "discrepancy", noise, tau: 1 } as const;
    const run = await engine
      .descend(a, targets, { learningRate, iterations: 1000, recordAt, stopping: stopping })
      .catch((error: unknown) => error);
    expect(run).toBeInstanceOf(ArgumentError); // recordAt goes beyond 1000
    const { stopped } = await engine.descend(a, targets, { learningRate, iterations: 2000, recordAt, stopping });
    expect(stopped?.iterations[0]).toBeGreaterThan(0);
    expect(stopped?.iterations[1]).toBeUndefined();
    expect(stopped?.weights.subarray(COLS)).toEqual(new Float32Array(COLS));
  });

  test("rules are checked", async ({ engine }) => {
    using a = await relu(engine);
    using other = await engine.matrix({ data: randomMatrix(4, 5), rows: 4, cols: 5 });
    const refused = (stopping: object) =>
      expect(engine.descend(a, y, { learningRate: 1e-4, iterations: 1, stopping: stopping as never })).rejects;
    await refused({ rule: "soon" }).toThrow(/stopping.rule: "soon" given/);
    await refused({ rule: "discrepancy", noise: 0 }).toThrow(/stopping.noise: 0 given/);
    await refused({ rule: "heldOut", matrix: other, y: [1] }).toThrow(/stopping.matrix: 5 columns given, 60 expected/);
    await refused({ rule: "heldOut", matrix: a, y: [1] }).toThrow(/stopping.y: 1 numbers given/);
  });
});
