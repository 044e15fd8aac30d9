import { describe, expect } from "vitest";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Matrix } from "../../src/gpu/matrix.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import { readFloats, readWords } from "../../src/gpu/read-back.ts";
import { execute } from "../../src/gpu/schedule.ts";
import { createApplyReflectors } from "../../src/kernels/apply-reflectors.ts";
import { createLoadTriangle } from "../../src/kernels/load-triangle.ts";
import { createLoadWorking } from "../../src/kernels/load-working.ts";
import { createPivotedQr } from "../../src/kernels/pivoted-qr.ts";
import { createRowNorms } from "../../src/kernels/row-norms.ts";
import { viewOf } from "../../src/kernels/view.ts";
import { workingBytes, workingLayout } from "../../src/kernels/working-layout.ts";
import { test } from "../support/gpu.ts";
import { fill, randomMatrix } from "../support/matrices.ts";
import { withSpectrum } from "../support/spectra.ts";

const HALF_ULP = 2 ** -24;

interface Factors {
  /** batch × n × n, lower triangular; column i of Lᵀ as the kernels write it belongs to row i of R. */
  readonly transposedL: Float32Array;
  /** batch × n × m: I·Q, by the reflectors. */
  readonly Q: Float32Array;
  readonly pivots: Uint32Array;
  readonly diagonal: Float32Array;
}

/** R = (Lᵀ)ᵀ·Q of `batch` matrices of n × m, n ≤ m, with Q made by applying the reflectors to [I 0]. */
async function factor(device: GPUDevice, entries: Float32Array, n: number, m: number, batch: number): Promise<Factors> {
  const gpu = new Gpu(device);
  const [layout, triangle] = [workingLayout(n, m, batch, false), workingLayout(n, n, batch, true)];
  const [load, norms, qr, loadTriangle, reflect] = await Promise.all([
    createLoadWorking(gpu),
    createRowNorms(gpu),
    createPivotedQr(gpu),
    createLoadTriangle(gpu),
    createApplyReflectors(gpu),
  ]);
  const poisoned = (arena: Arena, bytes: number) =>
    arena.upload("poisoned", new Float32Array(bytes / 4).fill(Number.NaN));
  const rowsOf = (words: Float32Array, rows: number, length: number, rowLength: number) =>
    Float32Array.from({ length: batch * rows * length }, (_, i) => {
      const [matrix, rest] = [Math.floor(i / (rows * length)), i % (rows * length)];
      return words[(matrix * layout.workingRows + Math.floor(rest / length)) * rowLength + (rest % length)] ?? 0;
    });
  return gpu.withArena(async (arena) => {
    const working = poisoned(arena, workingBytes(layout));
    const lengths = poisoned(arena, batch * layout.workingRows * 4);
    const rows = poisoned(arena, workingBytes(layout));
    const lower = arena.storage("Lᵀ", workingBytes(triangle));
    const unscaled = arena.upload("exponents", new Int32Array(batch));
    const matrix = new Matrix(gpu, arena.upload("R", Float32Array.from(entries)), n, m, batch);
    const factors = qr(arena, working, lengths, layout);
    const rowStep = 4 * triangle.rowStride;
    const matrixStep = triangle.workingRows * rowStep;
    const identity = { buffer: lower, first: 4 * triangle.cols, rowStep, colStep: 1, matrixStep };
    await execute(gpu, [
      load(arena, viewOf(matrix, false), unscaled, working, layout),
      norms(arena, working, lengths, layout),
      ...factors.steps,
      loadTriangle(arena, working, layout, factors, lower, triangle),
      load(arena, identity, unscaled, rows, { ...layout, length: n }),
      ...reflect(arena, working, factors, rows, layout),
    ]);
    const count = batch * layout.workingRows;
    return {
      transposedL: rowsOf(await readFloats(gpu, lower, (batch * matrixStep * 4) / 4), n, n, rowStep),
      Q: rowsOf(await readFloats(gpu, rows, workingBytes(layout) / 4), n, m, 4 * layout.rowStride),
      pivots: (await readWords(gpu, factors.pivots, count)).filter((_, i) => i % layout.workingRows < n),
      diagonal: (await readFloats(gpu, factors.diagonal, count)).filter((_, i) => i % layout.workingRows < n),
    };
  });
}

/**
 * Each reflector rounds a row by some half ulps of its own norm (Higham, Accuracy and Stability, 19.3), and n of them at
 * random by √n times that.
 */
const bound = (n: number) => 16 * Math.sqrt(n) * HALF_ULP;

async function expectFactors(device: GPUDevice, entries: Float32Array, n: number, m: number, batch = 1): Promise<void> {
  const { transposedL, Q, pivots, diagonal } = await factor(device, entries, n, m, batch);
  for (let matrix = 0; matrix < batch; matrix++) {
    const L = (i: number, k: number) => transposedL[(matrix * n + k) * n + i] ?? Number.NaN;
    const q = (k: number, j: number) => Q[(matrix * n + k) * m + j] ?? Number.NaN;
    const own = Array.from(pivots.subarray(matrix * n, (matrix + 1) * n));
    const places = new Map(own.map((row, k) => [row, k]));
    expect(places.size, "every row is a pivot once").toBe(n);
    for (let i = 0; i < n; i++) {
      const row = entries.subarray((matrix * n + i) * m, (matrix * n + i + 1) * m);
      const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      let error = 0;
      for (let j = 0; j < m; j++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += L(i, k) * q(k, j);
        error += ((row[j] ?? 0) - product) ** 2;
      }
      if (!(Math.sqrt(error) <= bound(n) * norm)) throw new Error(`row ${i}: R − L·Q ${Math.sqrt(error)} of ${norm}`);

      const place = places.get(i) ?? Number.NaN;
      for (let k = 0; k < n; k++) {
        const least = Math.abs(diagonal[matrix * n + k] ?? Number.NaN);
        if (k > place) expect(L(i, k), "above the diagonal").toBe(0);
        else if (k === place) expect(Math.abs(L(i, k))).toBe(least);
        else if (!(Math.abs(L(i, k)) <= least * (1 + bound(n)) + bound(n) * norm))
          throw new Error(`L[${place}][${k}] exceeds its pivot`);
      }
      for (let k = 0; k <= i; k++) {
        let product = 0;
        for (let j = 0; j < m; j++) product += q(i, j) * q(k, j);
        expect(Math.abs(product - Number(i === k))).toBeLessThanOrEqual(bound(n));
      }
    }
    const magnitudes = Array.from(diagonal.subarray(matrix * n, (matrix + 1) * n), Math.abs);
    for (let k = 1; k < n; k++) {
      expect(magnitudes[k]).toBeLessThanOrEqual((magnitudes[k - 1] ?? 0) * (1 + bound(n)));
    }
  }
}

describe("R = L·Q by rows, the longest first", () => {
  // Around one vec4, a workgroup's 4 rows, a block of 32; several parts of the reflectors on a software adapter.
  test.for([
    [1, 1, 1],
    [1, 9, 2],
    [3, 5, 1],
    [4, 4, 3],
    [16, 16, 1],
    [17, 40, 2],
    [33, 33, 1],
    [64, 70, 1],
    [100, 300, 1],
    [200, 700, 1],
  ] as const)("%i × %i, batch %i", async ([n, m, batch], { device }) => {
    await expectFactors(device, randomMatrix(batch * n, m), n, m, batch);
  });

  const size = 40;
  const graded = withSpectrum(
    size,
    60,
    Array.from({ length: size }, (_, k) => 10 ** ((-7 * k) / size)),
  );
  const hard: Record<string, Float32Array> = {
    "condition 1e7": Float32Array.from(graded),
    "rows from 1e-8 to 1e8, each to its own norm": fill(
      size,
      60,
      (row, col) => Math.cos(row * col + row) * 10 ** ((16 * ((row * 7) % size)) / size - 8),
    ),
    zero: new Float32Array(size * 60),
    "all ones": new Float32Array(size * 60).fill(1),
    "integers of rank 2": fill(size, 60, (row, col) => (row % 5) * (col % 3) + (row % 7) * (col % 4)),
    "zero rows": fill(size, 60, (row, col) => (row % 3 ? Math.sin(row + col * col) : 0)),
    "entries of 2⁴⁰": fill(size, 60, (row, col) => 2 ** 40 * Math.sin(row * row + col)),
    "entries of 2⁻²⁰": fill(size, 60, (row, col) => 2 ** -20 * Math.sin(row * row + col)),
  };
  test.for(Object.entries(hard))("%s", async ([, entries], { device }) => {
    await expectFactors(device, entries, size, 60);
  });
});
