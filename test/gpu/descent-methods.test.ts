import { describe, expect } from "vitest";
import {
  type DescentOptions,
  DivergedError,
  LimitError,
  type LinearOperator,
  type Method,
  methods,
  NotFiniteError,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { b, COLS, ROWS, relu, spectrumOf, x, y } from "../support/step-signal.ts";

/** Adds up the squares of the entries of each row, for `reduce`. */
function addSquares(sums: Float64Array, value: number, i: number): Float64Array {
  const row = Math.floor(i / COLS);
  sums[row] = (sums[row] as number) + value * value;
  return sums;
}

describe("methods", () => {
  test("the mean of SGD is its filter within four standard errors, and the same seed gives the same run", async ({
    engine,
  }) => {
    using a = await relu(engine);
    using svd = await engine.svd(a);
    const runs = 400;
    const iterations = 30;
    const largestRow = Math.max(...(await a.read()).reduce(addSquares, new Float64Array(ROWS)));
    const sgd = (seed: number) => methods.sgd({ learningRate: 0.3 / largestRow, samples: ROWS, seed });
    const many = Float64Array.from({ length: runs * ROWS }, (_, i) => y[i % ROWS] as number);
    const { prediction } = await engine.descend(a, many, { method: sgd(1), iterations });
    const expected = await engine.shrink(svd, y, sgd(1).mask(iterations));
    for (let n = 0; n < ROWS; n++) {
      const values = Array.from({ length: runs }, (_, run) => prediction[run * ROWS + n] as number);
      const mean = values.reduce((sum, value) => sum + value, 0) / runs;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs - 1);
      const off = Math.abs(mean - (expected.prediction[n] as number));
      expect(off).toBeLessThan(4 * Math.sqrt(variance / runs) + 1e-6);
    }
    expect(new Set(Array.from({ length: runs }, (_, run) => prediction[run * ROWS + ROWS - 1])).size).toBeGreaterThan(
      runs / 2,
    );
    const again = await engine.descend(a, many, { method: sgd(1), iterations });
    expect(again.prediction).toEqual(prediction);
    const other = await engine.descend(a, many, { method: sgd(2), iterations });
    expect(other.prediction).not.toEqual(prediction);
  });

  test("several linear methods in one call equal each method alone", async ({ engine }) => {
    using a = await relu(engine);
    const { svd, top } = await spectrumOf(engine, a);
    const method = [
      methods.gradientDescent({ learningRate: 1 / top }),
      methods.heavyBall({ learningRate: 1 / top, momentum: 0.8 }),
      methods.nuMethod({ learningRate: 0.9 / top, nu: 2 }),
    ];
    const together = await engine.descend(a, y, { method, iterations: 40 });
    for (const [run, one] of method.entries()) {
      const alone = await engine.descend(a, y, { method: one, iterations: 40 });
      expect(together.weights.slice(run * COLS, (run + 1) * COLS)).toEqual(alone.weights);
    }
    svd.destroy();
  });

  test("an unstable method diverges with an error, on every kind of operator", async ({ engine }) => {
    using a = await relu(engine);
    using scan = await engine.activationOperator({ activation: "relu", x, b, form: "scan" });
    using large = await engine.matrix({ data: randomMatrix(150, 130), rows: 150, cols: 130 });
    const { svd, top } = await spectrumOf(engine, a);
    const { svd: ofLarge, top: topOfLarge } = await spectrumOf(engine, large);
    const cases = [
      [a, y, top],
      [scan, y, top],
      [large, randomMatrix(150, 1), topOfLarge],
    ] as const;
    for (const [operator, targets, largest] of cases) {
      for (const method of [
        methods.gradientDescent({ learningRate: 2.2 / largest }),
        methods.heavyBall({ learningRate: 4 / largest, momentum: 0.8 }),
        methods.nesterov({ learningRate: 1.8 / largest, momentum: 0.8 }),
      ]) {
        const call = engine.descend(operator, targets, { method, iterations: 3000 });
        await expect(call, method.name).rejects.toThrow(DivergedError);
      }
      const stable = methods.heavyBall({ learningRate: 3.4 / largest, momentum: 0.8 });
      await engine.descend(operator, targets, { method: stable, iterations: 300 });
    }
    svd.destroy();
    ofLarge.destroy();
  });

  test("CGLS of tiny and huge targets scales with them", async ({ engine }) => {
    using a = await relu(engine);
    const run = (scale: number) =>
      engine.descend(
        a,
        y.map((value) => value * scale),
        { method: methods.cgls(), iterations: 6 },
      );
    const { weights } = await run(1);
    for (const exponent of [-100, 90]) {
      const { weights: scaled } = await run(2 ** exponent);
      expect(scaled).toEqual(weights.map((value) => value * 2 ** exponent));
    }
  });

  test("CGLS of tiny and huge matrices", async ({ engine }) => {
    const entries = randomMatrix(30, 20);
    using one = await engine.matrix({ data: entries, rows: 30, cols: 20 });
    const target = randomMatrix(30, 1);
    const { weights } = await engine.descend(one, target, { method: methods.cgls(), iterations: 7 });
    for (const exponent of [-40, 40]) {
      using scaled = await engine.matrix({ data: entries.map((entry) => entry * 2 ** exponent), rows: 30, cols: 20 });
      const run = await engine.descend(scaled, target, { method: methods.cgls(), iterations: 7 });
      expect(run.weights).toEqual(weights.map((w) => w * 2 ** -exponent));
    }
  });

  test("CGLS stays where it is once the gradient is rounding error: a smooth and a rank-deficient A", async ({
    engine,
  }) => {
    const target = Float64Array.from(x, (at, i) => Math.sin(5 * at) + 0.1 * Math.cos(7 * i));
    using smooth = await engine.activationMatrix({ activation: "gaussian", scale: 3, x, b });
    const [u, v] = [randomMatrix(ROWS, 2), randomMatrix(2, COLS)];
    using rankTwo = await engine.matrix({
      data: Float64Array.from({ length: ROWS * COLS }, (_, i) => {
        const [n, m] = [Math.floor(i / COLS), i % COLS];
        return [0, 1].reduce((sum, k) => sum + (u[2 * n + k] as number) * (v[k * COLS + m] as number), 0);
      }),
      rows: ROWS,
      cols: COLS,
    });
    const recordAt = Array.from({ length: 61 }, (_, i) => i);
    for (const a of [smooth, rankTwo]) {
      const { losses, weights } = await engine.descend(a, target, { method: methods.cgls(), iterations: 60, recordAt });
      for (let step = 1; step <= 60; step++) {
        expect(losses[step]).toBeLessThanOrEqual((losses[step - 1] as number) * (1 + 1e-3));
      }
      expect(weights.every((w) => Math.abs(w) < 1e4)).toBe(true);
    }
  });

  test("an expression's operator records losses from any start, and reports divergence", async ({ engine }) => {
    const input = { x, b, scale: 3 };
    using named = await engine.activationOperator({ activation: "gaussian", ...input, form: "generated" });
    using expression = await engine.activationOperator({
      activation: { wgsl: "exp(-0.5 * z * z)" },
      ...input,
      form: "generated",
    });
    const options = { iterations: 5, initialWeights: new Float32Array(COLS).fill(0.1), recordAt: [0, 5] };
    const [expected, run] = await Promise.all(
      [named, expression].map((a) => engine.descend(a, y, { ...options, learningRate: 1e-4 })),
    );
    run?.losses.forEach((loss, i) => {
      expect(loss / (expected?.losses[i] as number)).toBeCloseTo(1, 4);
    });
    const diverging = engine.descend(expression, y, { ...options, learningRate: 1, iterations: 60, recordAt: [] });
    await expect(diverging).rejects.toThrow(DivergedError);
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      await expect(engine.activationOperator({ activation, ...input })).rejects.toThrow(NotFiniteError);
    }
  });

  test("16 million stochastic steps go out in dispatches between which they can be cancelled", async ({ engine }) => {
    using a = await engine.matrix({ data: [1], rows: 1, cols: 1 });
    const abort = new AbortController();
    let reached = Number.NaN;
    const call = engine.descend(a, [1], {
      method: methods.sgd({ learningRate: 0.5, samples: 1, seed: 1 }),
      iterations: 2 ** 24,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error("enough")),
      onAbort: ({ iterations }) => {
        reached = iterations;
      },
    });
    await expect(call).rejects.toThrow("enough");
    expect(reached, "steps done").toBeGreaterThan(0);
    expect(reached, "steps done").toBeLessThan(2 ** 24 / 4);
  });

  test("long columns keep their digits", async ({ engine }) => {
    const rows = 2 ** 18;
    using a = await engine.matrix({ data: new Float32Array(rows).fill(0.1), rows, cols: 1 });
    const target = new Float32Array(rows).fill(0.3);
    const { weights } = await engine.descend(a, target, { method: methods.cgls(), iterations: 1 });
    expect(Math.abs((weights[0] as number) / 3 - 1)).toBeLessThan(1e-5);
  });

  test("numbers that float32 cannot hold are refused, and not rounded to 0", async ({ engine }) => {
    using a = await engine.matrix({ data: [1e18], rows: 1, cols: 1 });
    const refused = (method: Method) => expect(engine.descend(a, [1], { method, iterations: 2 }), method.name).rejects;
    await refused(methods.heavyBall({ learningRate: 1e-50, momentum: 0.5 })).toThrow(/rate of a step\[\d+\]: 0 given/);
    await refused(methods.heavyBall({ learningRate: 1e39, momentum: 0.5 })).toThrow(
      /coefficients of the steps from 1 on\[1\]: 1e\+39 given, a finite number within float32's range expected/,
    );
    await refused(methods.sgd({ learningRate: 1e-50, samples: 1, seed: 1 })).toThrow(/learningRate\[0\]: 0 given/);
    await refused(methods.sgd({ learningRate: 1e39, samples: 1, seed: 1 })).toThrow(NotFiniteError);
    await refused(methods.sgd({ learningRate: 1, samples: 2, seed: 1 })).toThrow("samples: 2 given, 1 expected");
    using svd = await engine.svd(a);
    const ridge = { method: methods.iteratedTikhonov({ lambda: 1e-45 }), basis: svd, iterations: 1 };
    using tiny = await engine.matrix({ data: [1e-30], rows: 1, cols: 1 });
    using ofTiny = await engine.svd(tiny);
    await expect(engine.descend(tiny, [1], { ...ridge, basis: ofTiny })).rejects.toThrow(
      /factors of the preconditioner/,
    );
    using smooth = await engine.activationMatrix({ activation: "tanh", scale: 3, x, b });
    using ofSmooth = await engine.svd(smooth);
    const flat = { method: methods.iteratedTikhonov({ lambda: 1e-15 }), basis: ofSmooth, iterations: 2 };
    await expect(engine.descend(smooth, y, flat)).rejects.toThrow(
      /iteratedTikhonov with a step of .* on small singular values given/,
    );
    using empty = await engine.matrix({ data: [], rows: 3, cols: 0 });
    await expect(engine.descend(empty, [1, 1, 1], { learningRate: 1, iterations: 3 })).rejects.toThrow(
      "A of 3×0 given",
    );
    await expect(engine.descend(a, new Float32Array(70_000), { learningRate: 1e-36, iterations: 1 })).rejects.toThrow(
      LimitError,
    );
    await expect(engine.project({ ...svd, singularValues: new Float64Array(3) }, [1])).rejects.toThrow(
      "3 singular values given with U of 1×1×1",
    );
  });

  test("a prediction that is small beside the targets keeps its digits", async ({ engine }) => {
    using a = await engine.matrix({ data: [1e-9], rows: 1, cols: 1 });
    const run = await engine.descend(a, [1], { learningRate: 1, iterations: 0, initialWeights: [1] });
    expect(run.prediction[0]).toBe(Math.fround(1e-9));
  });

  test("options that do not fit together are refused", async ({ engine }) => {
    using a = await relu(engine);
    using scan = await engine.activationOperator({ activation: "relu", x, b, form: "scan" });
    const { svd } = await spectrumOf(engine, a);
    const { singularValues } = svd;
    const eigenPro = methods.eigenPro({ learningRate: 1e-3, eigenvectors: 2, singularValues });
    const refused = (operator: LinearOperator, options: Omit<DescentOptions, "iterations">) =>
      expect(engine.descend(operator, y, { ...options, iterations: 1 })).rejects;
    await refused(a, { method: eigenPro }).toThrow(/^basis: none given, .* expected: eigenPro needs them$/);
    await refused(a, { method: methods.iteratedTikhonov({ lambda: 1 }), basis: svd }).toThrow(/all 40 expected/);
    await refused(a, { method: [eigenPro, methods.cgls()] }).toThrow(/only linear methods without preconditioner/);
    await refused(scan, { method: methods.sgd({ learningRate: 1, samples: ROWS, seed: 1 }) }).toThrow(
      /sgd given for an operator/,
    );
    await refused(a, { method: methods.cgls(), learningRate: 1 }).toThrow(/both of learningRate and method given/);
    await refused(a, {}).toThrow(/neither of learningRate and method given/);
    const many = methods.eigenPro({ learningRate: 1e-3, eigenvectors: 7, singularValues });
    using few = await engine.truncatedSvd(a, { components: 4 });
    await refused(a, { method: many, basis: few }).toThrow(/4 singular vectors given, at least 7 expected by eigenPro/);
    using narrow = await engine.matrix({ data: randomMatrix(5, 3), rows: 5, cols: 3 });
    await refused(a, { method: eigenPro, basis: { V: narrow, singularValues } }).toThrow(/basis: V of 1×5×3/);
    svd.destroy();
  });
});
