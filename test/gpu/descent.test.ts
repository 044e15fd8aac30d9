import { describe, expect } from "vitest";
import {
  ArgumentError,
  DivergedError,
  masks,
  methods,
  NotFiniteError,
  offsetBiases,
  offsetSamples,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { buffersMadeOn } from "../support/gpu.ts";
import { randomMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

/** Gradient descent in float64: the twin of residual, gradient-step and loss. */
function descendTwin(
  a: ArrayLike<number>,
  [rows, cols]: readonly [number, number],
  y: ArrayLike<number>,
  { learningRate, iterations, start = [] }: { learningRate: number; iterations: number; start?: ArrayLike<number> },
) {
  const weights = Float64Array.from({ length: cols }, (_, m) => start[m] ?? 0);
  const residual = () =>
    Float64Array.from({ length: rows }, (_, n) => {
      let sum = -(y[n] ?? 0);
      for (let m = 0; m < cols; m++) sum += (a[n * cols + m] ?? 0) * (weights[m] ?? 0);
      return sum;
    });
  for (let step = 0; step < iterations; step++) {
    const r = residual();
    for (let m = 0; m < cols; m++) {
      let gradient = 0;
      for (let n = 0; n < rows; n++) gradient += (a[n * cols + m] ?? 0) * (r[n] ?? 0);
      weights[m] = (weights[m] ?? 0) - learningRate * gradient;
    }
  }
  const last = residual();
  const loss = last.reduce((sum, value) => sum + value ** 2, 0) / rows;
  return { weights, loss, prediction: last.map((value, n) => value + (y[n] ?? 0)) };
}

const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));

/** max|computed − expected|/‖expected‖. */
function relativeError(computed: ArrayLike<number>, expected: ArrayLike<number>): number {
  const errors = Array.from(expected, (value, i) => Math.abs((computed[i] ?? Number.NaN) - value));
  return Math.max(...errors) / norm(expected);
}

/**
 * A step adds a few roundings, 2⁻²⁴ each, to residual and weights, and contracts those of the steps before; 30 steps of
 * well-scaled numbers stay below 64 of them.
 */
const TOLERANCE = 64 * 2 ** -24;

describe("against float64", () => {
  // Around the 8 rows and 16 columns of a workgroup, and single rows and columns.
  test.for([
    [1, 1],
    [7, 17],
    [8, 16],
    [9, 15],
    [1, 33],
    [33, 1],
    [65, 130],
  ] as const)("%i × %i: weights, prediction and loss", async ([rows, cols], { engine }) => {
    const entries = randomMatrix(rows, cols);
    const y = randomMatrix(rows, 1);
    const learningRate = 0.8 / (referenceSingularValues(entries, rows, cols)[0] ?? 1) ** 2;
    using a = await engine.matrix({ data: entries, rows, cols });
    for (const iterations of [0, 1, 30]) {
      const run = await engine.descend(a, y, { learningRate, iterations });
      const twin = descendTwin(entries, [rows, cols], y, { learningRate: Math.fround(learningRate), iterations });
      if (iterations > 0) expect(relativeError(run.weights, twin.weights)).toBeLessThan(TOLERANCE);
      else expect(norm(run.weights)).toBe(0);
      const errors = twin.prediction.map((value, n) => Math.abs((run.prediction[n] ?? Number.NaN) - value));
      expect(Math.max(...errors) / norm(y)).toBeLessThan(TOLERANCE);
      expect(run.recordedAt).toEqual([iterations]);
      expect(Math.abs((run.losses[0] ?? Number.NaN) - twin.loss) * rows).toBeLessThan(TOLERANCE * norm(y) ** 2);
    }
  });

  // The numbers of runs and the sides from which products are taken by tiles; rows of whole vec4s, and others.
  test.for([
    [64, 96, 32],
    [37, 70, 19],
  ] as const)("%i × %i, %i targets at once: weights and loss", async ([rows, cols, runs], { engine }) => {
    const entries = randomMatrix(rows, cols);
    const y = randomMatrix(runs, rows);
    const learningRate = 0.8 / (referenceSingularValues(entries, rows, cols)[0] ?? 1) ** 2;
    using a = await engine.matrix({ data: entries, rows, cols });
    const { weights, losses } = await engine.descend(a, y, { learningRate, iterations: 30 });
    for (let run = 0; run < runs; run++) {
      const target = y.subarray(run * rows, (run + 1) * rows);
      const of = { learningRate: Math.fround(learningRate), iterations: 30 };
      const twin = descendTwin(entries, [rows, cols], target, of);
      expect(relativeError(weights.subarray(run * cols, (run + 1) * cols), twin.weights)).toBeLessThan(TOLERANCE);
      expect(Math.abs((losses[run] ?? Number.NaN) - twin.loss) * rows).toBeLessThan(TOLERANCE * norm(target) ** 2);
    }
    const rate = 100 * learningRate;
    await expect(engine.descend(a, y, { learningRate: rate, iterations: 30 })).rejects.toThrow(DivergedError);
  });

  test("many targets and many rates in one call equal each run alone", async ({ engine }) => {
    const [rows, cols, runs] = [20, 37, 3];
    const entries = randomMatrix(rows, cols);
    const y = randomMatrix(runs, rows);
    const top = (referenceSingularValues(entries, rows, cols)[0] ?? 1) ** 2;
    const rates = [0.1 / top, 0.5 / top, 1 / top];
    using a = await engine.matrix({ data: entries, rows, cols });
    const options = { iterations: 25, recordAt: [0, 5, 25] };
    const together = await engine.descend(a, y, { ...options, learningRate: rates });
    expect(together.losses).toHaveLength(3 * runs);
    for (let run = 0; run < runs; run++) {
      const target = y.subarray(run * rows, (run + 1) * rows);
      const alone = await engine.descend(a, target, { ...options, learningRate: rates[run] ?? 0 });
      expect(together.weights.slice(run * cols, (run + 1) * cols)).toEqual(alone.weights);
      expect(together.prediction.slice(run * rows, (run + 1) * rows)).toEqual(alone.prediction);
      expect([0, 1, 2].map((record) => together.losses[record * runs + run])).toEqual(Array.from(alone.losses));
    }
    const repeated = await engine.descend(a, y.subarray(0, rows), { ...options, learningRate: rates });
    expect(repeated.weights.slice(0, cols)).toEqual(together.weights.slice(0, cols));
    expect(repeated.weights).toHaveLength(runs * cols);
  });

  test("each matrix of a batch has a run of its own", async ({ engine }) => {
    const [rows, cols] = [12, 18];
    const y = randomMatrix(rows, 1);
    const input = { activation: "tanh", x: offsetSamples(rows), b: offsetBiases(cols) } as const;
    using batch = await engine.activationMatrix({ ...input, scale: [3, 30] });
    using second = await engine.activationMatrix({ ...input, scale: 30 });
    const options = { learningRate: 0.005, iterations: 40 };
    const together = await engine.descend(batch, y, options);
    const alone = await engine.descend(second, y, options);
    expect(together.weights.slice(cols)).toEqual(alone.weights);
  });
});

describe("a run in parts", () => {
  test("continued from its weights, it ends where an uninterrupted run does", async ({ engine }) => {
    const [rows, cols] = [30, 50];
    using a = await engine.matrix({ data: randomMatrix(rows, cols), rows, cols });
    const y = randomMatrix(rows, 1);
    const learningRate = 1e-3;
    const whole = await engine.descend(a, y, { learningRate, iterations: 60 });
    const first = await engine.descend(a, y, { learningRate, iterations: 25 });
    const rest = await engine.descend(a, y, { learningRate, iterations: 35, initialWeights: first.weights });
    expect(rest.weights).toEqual(whole.weights);
    expect(rest.prediction).toEqual(whole.prediction);
  });

  test("the loss curve falls at every recorded step", async ({ engine }) => {
    using a = await engine.matrix({ data: randomMatrix(30, 50), rows: 30, cols: 50 });
    const recordAt = Array.from({ length: 41 }, (_, step) => step);
    const { losses } = await engine.descend(a, randomMatrix(30, 1), { learningRate: 1e-3, iterations: 40, recordAt });
    expect(losses).toHaveLength(41);
    for (let step = 1; step <= 40; step++) expect(losses[step]).toBeLessThan(losses[step - 1] ?? 0);
  });

  test("an aborted call rejects soon with the signal's reason, and frees its buffers", async ({ engine }) => {
    using a = await engine.matrix({ data: randomMatrix(64, 64), rows: 64, cols: 64 });
    const held = engine.memory;
    const abort = new AbortController();
    const reason = new Error("enough");
    let fraction = 1;
    const call = engine.descend(a, randomMatrix(64, 1), {
      learningRate: 1e-4,
      iterations: 1_000_000,
      signal: abort.signal,
      onProgress: (progress) => {
        fraction = progress.fraction;
        abort.abort(reason);
      },
    });
    await expect(call).rejects.toBe(reason);
    expect(fraction).toBeLessThan(0.1);
    expect(engine.memory).toEqual(held);
  });
});

describe("buffers", () => {
  /** The labels of the buffers that `work` allocates, except those of read-backs. */
  async function allocated(device: GPUDevice, work: () => Promise<unknown>): Promise<string[]> {
    const made = buffersMadeOn(device);
    await work();
    return made.map(({ label = "" }) => label).filter((label) => label !== "read-back");
  }

  test("start, steps and records share weights, targets and residuals, each made once", async ({ engine, device }) => {
    using a = await engine.matrix({ data: randomMatrix(150, 130), rows: 150, cols: 130 });
    const options = { learningRate: 1e-3, iterations: 4, recordAt: [0, 2, 4] };
    const labels = await allocated(device, () => engine.descend(a, randomMatrix(150, 1), options));
    expect(labels).toContain("residuals");
    // An even step and an odd one have parameters of their own.
    const twice = labels.filter((label, i) => labels.indexOf(label) < i);
    expect(twice).toEqual(["momentum-step params"]);
  });

  test("CGLS makes no more steps than it takes", async ({ engine, device }) => {
    using a = await engine.matrix({ data: randomMatrix(150, 130), rows: 150, cols: 130 });
    const options = { method: methods.cgls(), iterations: 3 };
    const labels = await allocated(device, () => engine.descend(a, randomMatrix(150, 1), options));
    expect(labels.filter((label) => label === "append-column params")).toHaveLength(3);
  });
});

describe("refusals", () => {
  test("divergence is reported with its run, and with a step by which the residual has doubled in float64 too", async ({
    engine,
  }) => {
    const [rows, cols] = [16, 16];
    const entries = randomMatrix(rows, cols);
    const y = randomMatrix(rows, 1);
    const top = (referenceSingularValues(entries, rows, cols)[0] ?? 1) ** 2;
    using a = await engine.matrix({ data: entries, rows, cols });
    const call = engine.descend(a, y, { learningRate: [1 / top, 2.5 / top], iterations: 5000 });
    const error = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DivergedError);
    const { step, run } = error as DivergedError;
    expect(run).toBe(1);
    const growth = (iterations: number) =>
      Math.sqrt(rows * descendTwin(entries, [rows, cols], y, { learningRate: 2.5 / top, iterations }).loss) / norm(y);
    expect(growth(step)).toBeGreaterThan(2);
    expect(growth(step - 4)).toBeLessThan(4); // an entry reaches the limit at most log(√rows)/log 1.5 steps after the norm
    expect(String(error)).toContain(`step ${step}`);
  });

  test("just below 2/σ₁² it does not diverge, just above it does", async ({ engine }) => {
    const entries = randomMatrix(10, 10);
    const top = (referenceSingularValues(entries, 10, 10)[0] ?? 1) ** 2;
    using a = await engine.matrix({ data: entries, rows: 10, cols: 10 });
    const y = randomMatrix(10, 1);
    await engine.descend(a, y, { learningRate: 1.99 / top, iterations: 2000 });
    await expect(engine.descend(a, y, { learningRate: 2.02 / top, iterations: 2000 })).rejects.toThrow(DivergedError);
  });

  test("a run that starts where it ends is not taken for a diverging one", async ({ engine }) => {
    using ones = await engine.matrix({ data: [1, 1, 1], rows: 1, cols: 3 });
    // 512 + w₁ has steps of 2⁻¹⁴ = 6e-5: w₁ creeps up by 6e-7 a step until the residual jumps to 60 times its start.
    const options = { learningRate: 0.6, iterations: 200, initialWeights: [512, 0.25, -512] };
    const { losses } = await engine.descend(ones, [0.25 + 1e-6], { ...options, recordAt: [0, 200] });
    expect(losses[1]).toBeLessThan(2 ** -28);
  });

  test("weights whose products almost cancel are not taken for a diverging run", async ({ engine }) => {
    for (let seed = 1; seed <= 20; seed++) {
      const a = randomMatrix(1, 64, seed);
      const w = randomMatrix(64, 1, seed + 100).map((value) => 1000 * value);
      const rest = w.subarray(1).reduce((sum, value, i) => sum + value * (a[i + 1] ?? 0), 0);
      w[0] = -rest / (a[0] ?? 1);
      using row = await engine.matrix({ data: a, rows: 1, cols: 64 });
      const learningRate = 1 / a.reduce((sum, value) => sum + value * value, 0);
      const run = engine.descend(row, [1e-3], { learningRate, iterations: 50, initialWeights: w });
      await expect(run).resolves.toBeDefined();
    }
  });

  test("targets far from 1 change nothing but the scale", async ({ engine }) => {
    using a = await engine.matrix({ data: randomMatrix(6, 9), rows: 6, cols: 9 });
    const y = randomMatrix(6, 1);
    const options = { learningRate: 0.02, iterations: 20, recordAt: [0, 20] };
    const plain = await engine.descend(a, y, options);
    for (const factor of [2 ** -80, 2 ** 80]) {
      const scaled = await engine.descend(
        a,
        y.map((value) => factor * value),
        options,
      );
      expect(scaled.weights.map((value) => value / factor)).toEqual(plain.weights);
      for (const [i, value] of scaled.losses.entries()) {
        expect(value / factor ** 2 / (plain.losses[i] ?? 0)).toBeCloseTo(1, 5);
      }
    }
  });

  test("steps to record are those at the time of the call", async ({ engine }) => {
    using a = await engine.matrix({ data: [1], rows: 1, cols: 1 });
    const recordAt = [0, 1, 2];
    const call = engine.descend(a, [1], { learningRate: 0.5, iterations: 2, recordAt });
    recordAt.fill(2);
    expect(await call).toMatchObject({ recordedAt: [0, 1, 2], losses: Float64Array.of(1, 0.25, 0.0625) });
  });

  test("arguments that do not fit are named", async ({ engine }) => {
    using a = await engine.matrix({ data: randomMatrix(4, 5), rows: 4, cols: 5 });
    const good = { learningRate: 0.1, iterations: 3 };
    await expect(engine.descend(a, [1, 2, 3], good)).rejects.toThrow(/y: 3 numbers given, 4/);
    await expect(engine.descend(a, [1, 2, 3, Number.NaN], good)).rejects.toThrow(NotFiniteError);
    await expect(engine.descend(a, new Float64Array(8), { ...good, learningRate: [1, 1, 1] })).rejects.toThrow(
      ArgumentError,
    );
    await expect(engine.descend(a, new Float64Array(4), { ...good, learningRate: 0 })).rejects.toThrow(
      /learningRate: 0/,
    );
    await expect(engine.descend(a, new Float64Array(4), { ...good, iterations: 2 ** 32 })).rejects.toThrow(
      /fewer than/,
    );
    await expect(engine.descend(a, new Float64Array(4), { ...good, iterations: 1.5 })).rejects.toThrow(
      /iterations: 1.5/,
    );
    await expect(engine.descend(a, new Float64Array(4), { ...good, recordAt: [2, 2] })).rejects.toThrow(/recordAt/);
    await expect(engine.descend(a, new Float64Array(4), { ...good, recordAt: [4] })).rejects.toThrow(/0 … 3/);
    await expect(engine.descend(a, new Float64Array(4), { ...good, learningRate: [] })).rejects.toThrow(
      /0 learning rates/,
    );
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      using notFinite = await engine.activationMatrix({ activation, x: [0.5], b: [0, 0.75] });
      await expect(engine.descend(notFinite, [1], good)).rejects.toThrow(/matrix 0 holds NaN or infinity/);
    }
    const huge = new Float64Array(5).fill(3e38);
    await expect(engine.descend(a, new Float64Array(4), { ...good, initialWeights: huge })).rejects.toThrow(
      /first residual/,
    );
    await expect(engine.descend(a, new Float64Array(4), { ...good, learningRate: 1e-40 })).rejects.toThrow(/2⁻¹²⁶/);
  });
});

describe("shrinkage", () => {
  test("every mask against float64 sums over the same factors", async ({ engine }) => {
    const [rows, cols] = [24, 40];
    const n = rows;
    using a = await engine.activationMatrix({
      activation: "tanh",
      scale: 8,
      x: offsetSamples(rows),
      b: offsetBiases(cols),
    });
    using svd = await engine.svd(a);
    const { singularValues } = svd;
    const [u, v] = [await svd.U.read(), await svd.V.read()];
    const y = randomMatrix(2, rows);
    const [top = 1, threshold = 1] = [singularValues[0], singularValues[9]];
    const learningRate = 1 / top ** 2;
    for (const mask of [
      masks.ridge({ lambda: threshold ** 2 }),
      masks.pca({ threshold }),
      masks.gradientDescent({ learningRate, iterations: 50 }),
      masks.gradientFlow({ learningRate, iterations: 50 }),
    ]) {
      const { prediction, weights } = await engine.shrink(svd, y, mask);
      for (const run of [0, 1]) {
        const target = y.subarray(run * rows, (run + 1) * rows);
        const filtered = (factor: (s: number) => number) =>
          Array.from(singularValues, (s, k) => {
            let coefficient = 0;
            for (let i = 0; i < rows; i++) coefficient += (u[i * n + k] ?? 0) * (target[i] ?? 0);
            return factor(s) * coefficient;
          });
        const combine = (basis: Float32Array, length: number, coefficients: number[]) =>
          Array.from({ length }, (_, i) => coefficients.reduce((sum, c, k) => sum + (basis[i * n + k] ?? 0) * c, 0));
        const expected = combine(u, rows, filtered(mask));
        expect(relativeError(prediction.subarray(run * rows, (run + 1) * rows), expected)).toBeLessThan(TOLERANCE);
        const expectedWeights = combine(
          v,
          cols,
          filtered((s) => mask(s) / s),
        );
        expect(relativeError(weights.subarray(run * cols, (run + 1) * cols), expectedWeights)).toBeLessThan(TOLERANCE);
      }
    }
  });

  test("q steps of gradient descent are the mask of gradient descent (claim C12)", async ({ engine }) => {
    const [rows, cols] = [32, 64];
    using a = await engine.activationMatrix({ activation: "relu", x: offsetSamples(rows), b: offsetBiases(cols) });
    using svd = await engine.svd(a);
    const learningRate = 1 / (svd.singularValues[0] ?? 1) ** 2;
    const y = offsetSamples(rows).map((x) => Math.sin(9 * x) + (x > 0.4 ? 1 : 0));
    for (const iterations of [1, 10, 1000]) {
      const run = await engine.descend(a, y, { learningRate, iterations });
      const fit = await engine.shrink(
        svd,
        y,
        masks.gradientDescent({ learningRate: Math.fround(learningRate), iterations }),
      );
      // Both have float32's rounding of A, up to 2⁻²⁴·σ₁, times mask/σ.
      expect(relativeError(run.weights, fit.weights)).toBeLessThan(1e-5);
    }
  });

  test("a zero singular value takes no part, and parts of different SVDs are refused", async ({ engine }) => {
    using a = await engine.matrix({ data: [1, 0, 0, 0], rows: 2, cols: 2 });
    using svd = await engine.svd(a);
    const { weights } = await engine.shrink(svd, [2, 3], masks.ridge({ lambda: 0 }));
    expect(Array.from(weights, Math.abs)).toEqual([2, 0]);
    await expect(
      engine.shrink({ ...svd, singularValues: new Float64Array(3) }, [1, 2], masks.pca({ threshold: 1 })),
    ).rejects.toThrow(ArgumentError);
    await expect(engine.shrink(svd, [1, 2], () => Number.NaN)).rejects.toThrow(/mask\[0\]: NaN/);
    await expect(engine.shrink(svd, [1, 2, 3], masks.pca({ threshold: 1 }))).rejects.toThrow(/y: 3 numbers/);
  });
});
