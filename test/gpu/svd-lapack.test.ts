import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Engine } from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { lapackRatios, passingRatio } from "../support/lapack-ratios.ts";
import { fill } from "../support/matrices.ts";
import { ULP } from "../support/numbers.ts";
import { withSpectrum } from "../support/spectra.ts";

/** A fifth of LAPACK's bound, as in svd.test.ts. */
const RATIO = passingRatio / 5;

/**
 * LAPACK's four ratios, and that of the values alone against those of the full SVD, in TESTING/EIG/sdrvbd.f's words.
 */
async function expectRatios(engine: Engine, given: ArrayLike<number>, rows: number, cols: number): Promise<void> {
  const entries = Float32Array.from(given);
  using matrix = await engine.matrix({ data: entries, rows, cols });
  using svd = await engine.svd(matrix);
  const alone = await engine.singularValues(matrix);
  expect([svd.converged, alone.converged]).toEqual([true, true]);
  const { r1, r2, r3, ordered } = lapackRatios(
    entries,
    rows,
    cols,
    await svd.U.read(),
    svd.singularValues,
    await svd.V.read(),
  );
  expect(r1, "R1 ‖A − UΣVᵀ‖").toBeLessThan(RATIO);
  expect(r2, "R2 ‖I − UᵀU‖").toBeLessThan(RATIO);
  expect(r3, "R3 ‖I − VᵀV‖").toBeLessThan(RATIO);
  expect(ordered, "R4").toBe(true);
  const largest = svd.singularValues[0] ?? 0;
  const apart = svd.singularValues.reduce(
    (most, value, k) => Math.max(most, Math.abs(value - (alone.singularValues[k] ?? Number.NaN))),
    0,
  );
  expect(apart, "values alone").toBeLessThanOrEqual(RATIO * Math.min(rows, cols) * ULP * largest);
}

/** TESTING/EIG/svd.in */
const sizes = [
  [0, 0],
  [0, 1],
  [0, 3],
  [1, 0],
  [1, 1],
  [1, 2],
  [2, 0],
  [2, 1],
  [3, 0],
  [3, 1],
  [3, 3],
  [10, 10],
  [10, 16],
  [16, 10],
  [16, 16],
  [30, 30],
  [30, 40],
  [40, 30],
  [40, 40],
] as const;

const evenly = (count: number) => Array.from({ length: count }, (_, k) => (count - k) / count);
const scaled = (factor: number) => (rows: number, cols: number) =>
  withSpectrum(rows, cols, evenly(Math.min(rows, cols))).map((value) => value * factor);

describe("LAPACK's types at LAPACK's sizes", () => {
  const types: Record<string, (rows: number, cols: number) => ArrayLike<number>> = {
    zero: (rows, cols) => new Float32Array(rows * cols),
    identity: (rows, cols) => fill(rows, cols, (row, col) => Number(row === col)),
    "evenly spaced spectrum": scaled(1),
    "evenly spaced spectrum, times underflow over ulp": scaled(2 ** -126 / ULP),
    "evenly spaced spectrum, times overflow times ulp": scaled(2 ** 127 * ULP),
  };
  test.for(Object.entries(types))("%s", async ([, make], { engine }) => {
    for (const [rows, cols] of sizes) await expectRatios(engine, make(rows, cols), rows, cols);
  });
});

describe("spectra that are hard to separate", () => {
  const [rows, cols, count] = [50, 40, 40];
  const spectra: Record<string, (k: number) => number> = {
    "graded to 1e-12": (k) => 10 ** ((-12 * k) / (count - 1)),
    "graded to 1e-12, upside down": (k) => 10 ** ((12 * k) / (count - 1)),
    "all alike": () => 3,
    "ten of each": (k) => 1 + Math.floor(k / 10),
    "clusters 1e-6 wide": (k) => 1 + Math.floor(k / 8) + 1e-6 * (k % 8),
    "one large, all others alike": (k) => (k === 0 ? 1 : 1e-4),
    "all but one large": (k) => (k === count - 1 ? 1e-5 : 1),
    "half of them zero": (k) => (k % 2 ? 0 : 1 + k),
  };
  test.for(Object.entries(spectra))("%s", async ([, value], { engine }) => {
    const values = Array.from({ length: count }, (_, k) => value(k));
    await expectRatios(engine, withSpectrum(rows, cols, values), rows, cols);
    await expectRatios(engine, withSpectrum(cols, rows, values), cols, rows);
  });

  test("Kahan's matrix, rows 1e-8 … 1e8, a single row and a single column of zeros", async ({ engine }) => {
    const [n, s, c] = [40, Math.sin(1.2), Math.cos(1.2)];
    const kahan = fill(n, n, (row, col) => s ** row * (row === col ? 1 : row < col ? -c : 0));
    await expectRatios(engine, kahan, n, n);
    await expectRatios(
      engine,
      fill(n, n, (row, col) => Math.cos(row * col + row) * 10 ** ((16 * row) / (n - 1) - 8)),
      n,
      n,
    );
    await expectRatios(
      engine,
      fill(n, n, (row, col) => (row === 7 || col === 11 ? 0 : Math.sin(row * row + col))),
      n,
      n,
    );
  });
});

test("any shape, spectrum and scale", async ({ engine }) => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 48 }), fc.integer({ min: 1, max: 48 }));
  const matrices = fc.tuple(
    shape,
    fc.integer(),
    fc.double({ min: 0, max: 9 }),
    fc.integer({ min: -25, max: 25 }),
    fc.nat(3),
  );
  await fc.assert(
    fc.asyncProperty(matrices, async ([[rows, cols], seed, decades, scale, repeats]) => {
      const count = Math.min(rows, cols);
      const values = Array.from({ length: count }, (_, k) => {
        const step = Math.floor(k / (repeats + 1)) * (repeats + 1);
        return 10 ** (scale - (decades * step) / count);
      });
      await expectRatios(engine, withSpectrum(rows, cols, values, seed), rows, cols);
    }),
    { numRuns: 40, seed: 3 },
  );
});

describe("what is left behind", () => {
  test("nothing after 200 SVDs", async ({ engine }) => {
    using matrix = await engine.matrix({ data: withSpectrum(20, 12, evenly(12)), rows: 20, cols: 12 });
    const before = engine.memory;
    for (let i = 0; i < 200; i++) (await engine.svd(matrix)).destroy();
    expect(engine.memory).toEqual(before);
  });

  test("nothing after 50 that were cancelled on their way, of both precisions", async ({ engine }) => {
    using matrix = await engine.matrix({ data: withSpectrum(130, 120, evenly(120)), rows: 130, cols: 120 });
    const before = engine.memory;
    for (let i = 0; i < 50; i++) {
      const controller = new AbortController();
      let calls = 0;
      const svd = engine.svd(matrix, {
        precision: i % 2 ? "extended" : "single",
        signal: controller.signal,
        onProgress: () => {
          if (calls++ === (i >> 1) % 2) controller.abort(new Error("enough"));
        },
      });
      await expect(svd).rejects.toThrow("enough");
      expect(engine.memory).toEqual(before);
    }
  });
});
