import { describe, expect } from "vitest";
import { type Engine, offsetBiases, offsetSamples } from "../../src/index.ts";
import { discreteProlateTrace, heavisideSvd, integrationFrequencies } from "../support/closed-forms.ts";
import { test } from "../support/engine.ts";
import { lapackRatios, passingRatio } from "../support/lapack-ratios.ts";
import { fill, randomMatrix, reluMatrix } from "../support/matrices.ts";
import { ULP } from "../support/numbers.ts";
import { withSpectrum } from "../support/spectra.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

/**
 * A fifth of LAPACK's bound. The block form with its Newton–Schulz step stays below 3, which leaves room for adapters
 * that round otherwise; a wrong rotation exceeds it at once.
 */
const RATIO = passingRatio / 5;

/** In ulps of σ₁: √sweeps·√n roundings at random; measured up to 0.07·n. */
const valueError = (n: number) => Math.max(4, 0.15 * n);

/** The SVD of `entries`, held to LAPACK's ratios and, in its values, to ml-matrix. */
async function expectSvd(engine: Engine, entries: Float32Array, rows: number, cols: number): Promise<Float64Array> {
  using matrix = await engine.matrix({ data: entries, rows, cols });
  using svd = await engine.svd(matrix);
  const { singularValues, U, V } = svd;
  const n = Math.min(rows, cols);
  expect([U.rows, U.cols, V.rows, V.cols, singularValues.length]).toEqual([rows, n, cols, n, n]);
  expect(svd.converged).toBe(true);

  const { r1, r2, r3, ordered } = lapackRatios(entries, rows, cols, await U.read(), singularValues, await V.read());
  expect(r1, "R1 ‖A − UΣVᵀ‖").toBeLessThan(RATIO);
  expect(r2, "R2 ‖I − UᵀU‖").toBeLessThan(RATIO);
  expect(r3, "R3 ‖I − VᵀV‖").toBeLessThan(RATIO);
  expect(ordered, "R4").toBe(true);

  const reference = referenceSingularValues(entries, rows, cols);
  const bound = valueError(n) * ULP * (reference[0] ?? 0);
  for (const [k, value] of singularValues.entries()) {
    expect(Math.abs(value - (reference[k] ?? 0)), `σ_${k}`).toBeLessThanOrEqual(bound);
  }
  return singularValues;
}

describe("random matrices", () => {
  // Around one vec4, one block of 16, one pair of 32 and several; tall, wide and square.
  test.for([
    [1, 1],
    [1, 5],
    [5, 1],
    [2, 3],
    [15, 16],
    [16, 15],
    [17, 17],
    [31, 32],
    [33, 31],
    [48, 50],
    [65, 64],
    [97, 97],
    [20, 300],
    [300, 20],
    [256, 128],
  ] as const)("%i × %i", async ([rows, cols], { engine }) => {
    await expectSvd(engine, randomMatrix(rows, cols), rows, cols);
  });
});

describe("hard matrices", () => {
  const size = 40;
  const cases: Record<string, (row: number, col: number) => number> = {
    zero: () => 0,
    identity: (row, col) => Number(row === col),
    ones: () => 1,
    "repeated values, a rotated diag(1, 1, …, 2, 2, …)": (row, col) =>
      (row === col ? (row < size / 2 ? 1 : 2) : 0) - 2 / size / (1 + (row < size / 2 ? 0 : 1)),
    "rank 1": (row, col) => (row + 1) * Math.sin(col + 1),
    "two equal rows, of which rotations leave one that is no more than their rounding": (row, col) =>
      Number(col <= row + 1),
    "zero rows and columns": (row, col) => (row % 3 === 0 || col % 5 === 0 ? 0 : Math.cos(row * 7 + col * col)),
    Hilbert: (row, col) => 1 / (row + col + 1),
    "rows scaled from 1e-8 to 1e8": (row, col) => Math.cos(row * col + row) * 10 ** ((16 * row) / (size - 1) - 8),
    "columns scaled from 1e-8 to 1e8": (row, col) => Math.cos(row * col + col) * 10 ** ((16 * col) / (size - 1) - 8),
    "entries around 1e-30": (row, col) => Math.sin(row * size + col * col) * 1e-30,
    "entries around 1e30": (row, col) => Math.sin(row * size + col * col) * 1e30,
  };
  test.for(Object.entries(cases))("%s", async ([, entry], { engine }) => {
    await expectSvd(engine, fill(size, size, entry), size, size);
  });

  test("rank 5 of 60 × 50, and of its transpose", async ({ engine }) => {
    const [left, right] = [randomMatrix(60, 5), randomMatrix(5, 50)];
    const product = (row: number, col: number) =>
      [0, 1, 2, 3, 4].reduce((sum, k) => sum + (left[row * 5 + k] ?? 0) * (right[k * 50 + col] ?? 0), 0);
    const values = await expectSvd(engine, fill(60, 50, product), 60, 50);
    expect(values[4]).toBeGreaterThan(1);
    expect(values[5]).toBeLessThan(50 * ULP * (values[0] ?? 0));
    await expectSvd(
      engine,
      fill(50, 60, (row, col) => product(col, row)),
      50,
      60,
    );
  });

  test.for([
    ["3e38", [3e38, 0, 0, 1]],
    ["the smallest normal number", [2 ** -126, 0, 0, 2 ** -126]],
    ["subnormal numbers", [5.5e-39, 1e-39, 0, 2 ** -149 * 100]],
  ] as const)("entries at float32's ends: %s", async ([, entries], { engine }) => {
    await expectSvd(engine, Float32Array.from(entries), 2, 2);
  });

  // No oracle for the values: ml-matrix does not end on all of these.
  const exhausting: Record<string, [size: number, entry: (row: number, col: number) => number]> = {
    "all ones": [27, () => 1],
    "columns three by three alike": [33, (row, col) => Math.cos(row * row + 5 * (col % 3))],
    "two blocks of ones": [60, (row, col) => Number(row < 30 === col < 30)],
    "integers of rank 2": [64, (row, col) => (row % 5) * (col % 3) + (row % 7) * (col % 4)],
    "Jordan block of 0.1": [20, (row, col) => (row === col ? 0.1 : Number(col === row + 1))],
    "Kahan, θ = 0.1": [32, (row, col) => Math.sin(0.1) ** row * (row === col ? 1 : row < col ? -Math.cos(0.1) : 0)],
    "rows graded over 24 decades": [40, (row, col) => Math.cos(3 * row * col + row) * 10 ** ((24 * row) / 39 - 12)],
    "half of the rows 2⁻⁵⁴ of the others": [64, (row, col) => Math.cos(row * col + row) * (row % 2 ? 1 : 2 ** -54)],
    "half of the rows 1e-19 of the others": [40, (row, col) => Math.cos(row * col + row) * (row % 2 ? 1 : 1e-19)],
  };
  test.for(Object.entries(exhausting))("ends, with orthonormal vectors: %s", async ([, [size, entry]], { engine }) => {
    const entries = fill(size, size, entry);
    using matrix = await engine.matrix({ data: entries, rows: size, cols: size });
    using svd = await engine.svd(matrix);
    expect(svd).toMatchObject({ converged: true });
    const ratios = lapackRatios(entries, size, size, await svd.U.read(), svd.singularValues, await svd.V.read());
    expect(Math.max(ratios.r1, ratios.r2, ratios.r3)).toBeLessThan(RATIO);
    expect(ratios.ordered).toBe(true);
  });

  test("every 2 × 2 of 0, 1 and −1", async ({ engine }) => {
    const members = Array.from({ length: 81 }, (_, i) => [0, 1, 2, 3].map((d) => (Math.floor(i / 3 ** d) % 3) - 1));
    using matrix = await engine.matrix({ data: members.flat(), rows: 2, cols: 2, batch: members.length });
    using svd = await engine.svd(matrix);
    const [u, v] = [await svd.U.read(), await svd.V.read()];
    members.forEach((entries, i) => {
      const part = (values: ArrayLike<number>, count: number) => Array.from(values).slice(i * count, (i + 1) * count);
      const ratios = lapackRatios(entries, 2, 2, part(u, 4), part(svd.singularValues, 2), part(v, 4));
      expect(Math.max(ratios.r1, ratios.r2, ratios.r3), `[${entries}]`).toBeLessThan(RATIO);
      expect(ratios.ordered).toBe(true);
    });
  });
});

describe("closed forms", () => {
  test.for([31, 128])("Heaviside, N = M = %i: values and vectors", async (n, { engine }) => {
    using matrix = await engine.matrix({ data: fill(n, n, (row, col) => Number(row >= col)), rows: n, cols: n });
    using svd = await engine.svd(matrix);
    const exact = heavisideSvd(n);
    const [u, v] = [await svd.U.read(), await svd.V.read()];
    const bound = valueError(n) * ULP * (exact.singularValues[0] ?? 0);
    for (let k = 0; k < n; k++) {
      expect(Math.abs((svd.singularValues[k] ?? 0) - (exact.singularValues[k] ?? 0))).toBeLessThan(bound);
    }
    // The perturbation of a leading vector is at most that of the matrix over the gap to its neighbour (Davis–Kahan).
    for (let k = 0; k < n / 4; k++) {
      const gap = (exact.singularValues[k] ?? 0) - (exact.singularValues[k + 1] ?? 0);
      for (const [computed, expected] of [
        [u, exact.u],
        [v, exact.v],
      ] as const) {
        let cosine = 0;
        for (let i = 0; i < n; i++) cosine += (computed[i * n + k] ?? 0) * (expected[i * n + k] ?? 0);
        expect(Math.sqrt(Math.max(0, 1 - cosine ** 2)), `component ${k}`).toBeLessThan(
          (2 * bound) / gap + 8 * Math.sqrt(ULP),
        );
      }
    }
  });

  test("on the offset grid Heaviside is the lower triangular matrix L of ones, and ReLU is L²/N", async ({
    engine,
  }) => {
    for (const n of [1, 50, 64]) {
      const [x, b] = [offsetSamples(n), offsetBiases(n)];
      using matrices = await engine.activationMatrix({ activation: ["heaviside", "relu"], x, b });
      const entries = await matrices.read();
      expect(entries.slice(0, n * n)).toEqual(fill(n, n, (row, col) => Number(row >= col)));
      const relu = fill(n, n, (row, col) => Math.max(0, row - col + 1) / n);
      for (const [i, value] of relu.entries()) expect(Math.abs((entries[n * n + i] ?? 0) - value)).toBeLessThan(ULP);
    }
  });

  test("ReLU and ReLU² tend to the spectra of two- and threefold integration", async ({ engine }) => {
    const n = 128;
    const [x, b] = [
      Float64Array.from({ length: n }, (_, i) => (i + 1) / n),
      Float64Array.from({ length: n }, (_, i) => i / n),
    ];
    using matrices = await engine.activationMatrix({ activation: ["relu", "relu2"], x, b });
    const { singularValues } = await engine.singularValues(matrices);
    // Second and third differences take 1/n for dx: σ_k/n is too large by about p/n at the first frequencies, p = 2, 3.
    const ratio = (order: number, k: number, value: number) =>
      value * (integrationFrequencies(order, 4)[k] ?? 0) ** order;
    for (let k = 0; k < 4; k++) {
      expect(Math.abs(ratio(2, k, (singularValues[k] ?? 0) / n) - 1)).toBeLessThan(3 / n);
      expect(Math.abs(ratio(3, k, (singularValues[n + k] ?? 0) / (2 * n)) - 1), `${k}`).toBeLessThan(5 / n);
    }
  });

  test("a sinc network on unit spacing: σ sums to the trace of the discrete prolate matrix, and steps down at it", async ({
    engine,
  }) => {
    const [n, halfBandwidth] = [64, 1 / 8];
    const x = Float64Array.from({ length: n }, (_, i) => i);
    using matrix = await engine.activationMatrix({ activation: "sinc", scale: 2 * halfBandwidth, x, b: x });
    const { singularValues } = await engine.singularValues(matrix);
    const eigenvalues = singularValues.map((value) => 2 * halfBandwidth * value);
    const trace = discreteProlateTrace(n, halfBandwidth);
    expect(Math.abs(eigenvalues.reduce((sum, value) => sum + value, 0) - trace)).toBeLessThan(n * n * ULP);
    expect(eigenvalues[trace - 4]).toBeGreaterThan(0.95);
    expect(eigenvalues[trace + 3]).toBeLessThan(0.05);
  });

  test.for([64, 128, 256, 512])(
    "ReLU on linspace, N = %i: n − 1 values within 1 %, all within 3 ulps of σ₁, the last one zero",
    async (n, { engine }) => {
      const entries = reluMatrix(n);
      using matrix = await engine.matrix({ data: entries, rows: n, cols: n });
      const { singularValues } = await engine.singularValues(matrix);
      const reference = referenceSingularValues(entries, n, n);
      for (const [k, value] of singularValues.entries()) {
        expect(Math.abs(value - (reference[k] ?? 0))).toBeLessThan(3 * ULP * (reference[0] ?? 0));
        if (k < n - 1) expect(value / (reference[k] ?? 0)).toBeCloseTo(1, 2);
      }
      expect(singularValues[n - 1]).toBe(0);
    },
  );
});

test("the rotations let no row grow or shrink: 300 values are off by less than an ulp in the mean", async ({
  engine,
}) => {
  const n = 300;
  const exact = Array.from({ length: n }, (_, k) => 1 - k / n);
  using matrix = await engine.matrix({ data: withSpectrum(n, n, exact), rows: n, cols: n });
  const { singularValues } = await engine.singularValues(matrix);
  const relative = exact.slice(0, n / 2).map((value, k) => (singularValues[k] as number) / value - 1);
  expect(Math.abs(relative.reduce((sum, one) => sum + one, 0)) / relative.length).toBeLessThan(ULP);
});
