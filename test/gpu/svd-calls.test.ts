import { describe, expect } from "vitest";
import {
  ArgumentError,
  createEngine,
  DestroyedError,
  LimitError,
  NotFiniteError,
  offsetBiases,
  offsetSamples,
} from "../../src/index.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";
import { test } from "../support/engine.ts";
import { buffersMadeOn } from "../support/gpu.ts";
import { fill, randomMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { ULP } from "../support/numbers.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

describe("the memory of thin matrices is in proportion to their size", () => {
  // A copy of A; where a workgroup holds all of it, n more numbers in each of its n rows; rows are whole vec4s.
  test.for([
    [1_050_000, 1, 1, 4 * 1_050_000],
    [2, 1_000_000, 1, 8 * 1_000_000],
    [500_000, 3, 1, 12 * 500_000],
    [20_000, 2, 40, 8 * 20_000],
    [1, 700, 2000, 4 * (700 + 4)],
    [300, 2, 500, 8 * (300 + 4)],
  ] as const)("%i × %i, a batch of %i: no buffer beyond %i bytes a matrix", async (given, { device, engine }) => {
    const [rows, cols, batch, bytes] = given;
    using matrix = await engine.matrix({ data: new Float32Array(batch * rows * cols).fill(0.9), rows, cols, batch });
    const made = buffersMadeOn(device);
    using svd = await engine.svd(matrix);
    const exact = Math.fround(0.9) * Math.sqrt(rows * cols);
    expect(Math.abs((svd.singularValues[0] as number) / exact - 1)).toBeLessThan(4 * ULP);
    expect(Math.max(...made.map(({ size }) => size))).toBeLessThanOrEqual(batch * bytes);
  });
});

test("values alone keep no product of rotations, which would make the rows twice as long", async ({
  device,
  engine,
}) => {
  using matrix = await engine.matrix({ data: randomMatrix(100, 100), rows: 100, cols: 100 });
  const made = buffersMadeOn(device);
  await engine.singularValues(matrix);
  const rows = made.find(({ label }) => label === "working matrices");
  expect(rows?.size, "128 rows of 100 numbers").toBe(128 * 100 * 4);
});

describe("what a caller relies on", () => {
  test("a batch equals its members one by one, also where they take different sweeps", async ({ engine }) => {
    const [rows, cols] = [35, 40];
    const members = [
      randomMatrix(rows, cols),
      fill(rows, cols, (i, j) => Number(i === j)),
      randomMatrix(rows, cols, 2),
    ];
    using batch = await engine.matrix({ data: members.flatMap((member) => Array.from(member)), rows, cols, batch: 3 });
    const together = await engine.singularValues(batch);
    expect(together.noiseFloor).toHaveLength(3);
    for (const [i, member] of members.entries()) {
      using alone = await engine.matrix({ data: member, rows, cols });
      const { singularValues } = await engine.singularValues(alone);
      const share = together.singularValues.subarray(i * rows, (i + 1) * rows);
      const bound = 2 * ULP * (singularValues[0] ?? 0);
      for (const [k, value] of share.entries())
        expect(Math.abs(value - (singularValues[k] ?? 0))).toBeLessThanOrEqual(bound);
    }
  });

  test("values alone agree with the full SVD, and a second run with the first to the bit", async ({ engine }) => {
    using matrix = await engine.matrix({ data: randomMatrix(50, 70), rows: 50, cols: 70 });
    const first = await engine.singularValues(matrix);
    const second = await engine.singularValues(matrix);
    using full = await engine.svd(matrix);
    expect(second.singularValues).toEqual(first.singularValues);
    expect(full.singularValues).toEqual(first.singularValues);
  });

  test("the noise floor separates the values that float64 confirms from rounding errors", async ({ engine }) => {
    const [x, b] = [offsetSamples(128), offsetBiases(128)];
    for (const [activation, scale] of [
      ["sinc", 16],
      ["sinc", 40],
      ["gaussian", 20],
      ["tanh", 10],
    ] as const) {
      using matrix = await engine.activationMatrix({ activation, scale, x, b });
      const { singularValues, noiseFloor } = await engine.singularValues(matrix);
      const [floor = 0] = noiseFloor;
      const exact = referenceSingularValues(activationMatrixTwin({ activation, scale, x, b }), 128, 128);
      const noise = Array.from(singularValues).filter((_, k) => (exact[k] ?? 0) < floor / 20);
      expect(noise.length, activation).toBeGreaterThan(20);
      expect(Math.max(...noise)).toBeLessThan(floor);
      expect(floor, "no more than 100 half ulps of σ₁").toBeLessThan(100 * 2 ** -24 * (singularValues[0] ?? 0));
    }
  });

  test("an SVD that runs out of sweeps reports that it has not converged", async ({ engine }) => {
    using matrix = await engine.matrix({ data: randomMatrix(40, 40), rows: 40, cols: 40 });
    expect(await engine.singularValues(matrix, { maxSweeps: 2 })).toMatchObject({ sweeps: 2, converged: false });
  });

  test("no rows or no columns: nothing, and no fault", async ({ engine }) => {
    for (const [rows, cols] of [
      [0, 3],
      [3, 0],
      [0, 0],
    ] as const) {
      using matrix = await engine.matrix({ data: [], rows, cols });
      using svd = await engine.svd(matrix);
      expect([svd.singularValues.length, svd.U.rows, svd.V.rows]).toEqual([0, rows, cols]);
      expect(svd).toMatchObject({ converged: true, noiseFloor: Float64Array.of(0) });
    }
  });

  test("NaN and infinity made on the GPU are refused", async ({ engine }) => {
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      using matrix = await engine.activationMatrix({ activation, x: [0.5, 1], b: [0, 0.75] });
      await expect(engine.svd(matrix)).rejects.toThrow(NotFiniteError);
    }
  });

  test("progress names sweep after sweep, ascends in each, and ends with the last", async ({ engine }) => {
    using matrix = await engine.matrix({ data: randomMatrix(200, 200), rows: 200, cols: 200 });
    const heard: { sweep: number; fraction: number }[] = [];
    const { sweeps } = await engine.singularValues(matrix, {
      onProgress: ({ stage, fraction }) => {
        const [, sweep] = stage.match(/^sweep (\d+)$/) ?? [];
        if (sweep) heard.push({ sweep: Number(sweep), fraction });
      },
    });
    const come = heard.map(({ sweep, fraction }) => sweep - 1 + fraction);
    expect(come).toEqual([...come].sort((a, b) => a - b));
    expect(heard.length).toBeGreaterThanOrEqual(sweeps / 2);
    for (const { fraction } of heard) expect(fraction).toBeGreaterThan(0);
    expect(heard.at(-1)).toEqual({ sweep: expect.toSatisfy((last: number) => last >= sweeps), fraction: 1 });
  });

  test("an abort rejects with its reason and frees all", async ({ engine }) => {
    using matrix = await engine.matrix({ data: randomMatrix(100, 100), rows: 100, cols: 100 });
    const held = engine.memory;
    const reason = new Error("enough");
    const abort = new AbortController();
    const seen: number[] = [];
    const call = engine.svd(matrix, {
      signal: abort.signal,
      onProgress: ({ fraction }) => {
        seen.push(fraction);
        abort.abort(reason);
      },
    });
    await expect(call).rejects.toBe(reason);
    expect(seen).toHaveLength(1);
    expect(engine.memory).toEqual(held);
  });

  test("matrices whose SVD needs a larger buffer than the device allows are refused, with the bytes needed", async ({
    device,
  }) => {
    const most = 2 ** 16;
    const limits = new Proxy(device.limits, {
      get: (own, name) => (name === "maxStorageBufferBindingSize" ? most : Reflect.get(own, name, own)),
    });
    Object.defineProperty(device, "limits", { value: limits, configurable: true });
    const engine = await createEngine({ device });
    for (const [n, batch, asked] of [
      [128, 1, 2 * most], // [Lᵀ | I]
      [16, 64, 2 * most], // [R | I] of each matrix
    ] as const) {
      using A = await engine.matrix({ data: randomMatrix(n * batch, n), rows: n, cols: n, batch });
      const held = engine.memory;
      const error = await engine.svd(A).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(LimitError);
      expect(error).toMatchObject({ limit: "maxStorageBufferBindingSize", asked, allowed: most });
      expect(String(error)).toContain(`working matrices of ${asked} bytes`);
      expect(engine.memory).toEqual(held);
    }
    engine.destroy();
  });

  test("70 000 matrices of 4 × 4, also where all are deficient", async ({ engine }) => {
    const [n, batch] = [4, 70_000];
    for (const value of [0, 1]) {
      using A = await engine.matrix({ data: new Float32Array(batch * n * n).fill(value), rows: n, cols: n, batch });
      const svd = await engine.svd(A);
      expect(svd.singularValues.every((sigma, i) => Math.abs(sigma - (i % n === 0 ? n * value : 0)) < 1e-5)).toBe(true);
      const U = await svd.U.read();
      const norms = Array.from({ length: batch * n }, (_, i) => {
        const [first, col] = [Math.floor(i / n) * n * n, i % n];
        return [0, 1, 2, 3].reduce((sum, row) => sum + (U[first + row * n + col] ?? Number.NaN) ** 2, 0);
      });
      expect(norms.every((square) => Math.abs(square - 1) < 1e-5)).toBe(true);
      svd.destroy();
    }
  });

  test("refusals name what was given", async ({ engine }) => {
    await expect(engine.matrix({ data: [1, 2, 3], rows: 2, cols: 2 })).rejects.toThrow(/3 numbers.*2 × 2/);
    await expect(engine.matrix({ data: [1, Number.NaN], rows: 1, cols: 2 })).rejects.toThrow(/data\[1\]: NaN/);
    await expect(engine.matrix({ data: [1e39], rows: 1, cols: 1 })).rejects.toThrow(NotFiniteError);
    await expect(engine.matrix({ data: [], rows: -1, cols: 0 })).rejects.toThrow(ArgumentError);
    await expect(
      engine.activationMatrix({ activation: "relu", x: new Float64Array(70_000), b: new Float64Array(70_000) }),
    ).rejects.toThrow(LimitError);
    const gone = await engine.matrix({ data: [1], rows: 1, cols: 1 });
    gone.destroy();
    await expect(engine.svd(gone)).rejects.toThrow(DestroyedError);
  });
});
