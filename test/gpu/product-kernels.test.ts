import { describe, expect } from "vitest";
import { gradient, narrowProduct, product, sumShares, transposedProduct } from "../../shaders/product.ts";
import type { PanelShape } from "../../shaders/shared/panel.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import {
  at,
  awkwardCounts,
  bitsOf,
  exactForm,
  expectNear,
  normals,
  poison,
  runKernel,
  summed,
  twoFloatNormals,
} from "../support/run-kernel.ts";

/** A term passes through three chains of at most 32 sums, the sum of the threads' parts and a few operations more. */
const ROUNDINGS = 4 * 32 + 4;

const shapes: readonly PanelShape[] = [
  { rows: 1, runs: 1, threads: 8 },
  { rows: 4, runs: 4, threads: 8 },
  { rows: 4, runs: 1, threads: 128 }, // whose sums take two stages
];
const sizes = [
  [0, 5, 1],
  [1, 1, 1],
  [15, 31, 2],
  [16, 32, 1],
  [37, 165, 5], // runs and rows beyond whole panels
  [9, 9000, 2], // several blocks of chunks
  [3, 33000, 1], // and of vec4s
] as const;

/** The forms of a stored matrix, and how many columns an entry has. */
const formsOf = (cols: number) =>
  [
    { source: "stored", entry: 1 },
    { source: "stored vec4s", entry: 4 },
  ].filter(({ entry }) => cols % entry === 0) as { source: "stored" | "stored vec4s"; entry: number }[];

/**
 * Normal entries of A, one matrix for all runs or one a run, the vectors on both of its sides, and the products of
 * them.
 */
function problem(rows: number, cols: number, runs: number, shared: boolean) {
  const matrix_step = shared ? 0 : rows * cols;
  const a = normals((shared ? 1 : runs) * rows * cols, 1);
  const [input, left, targets] = [normals(runs * cols, 2), normals(runs * rows, 3), normals(runs * rows, 4)];
  const entry = (run: number, row: number, col: number) => at(a, run * matrix_step + row * cols + col);
  /** A·input − weight·targets */
  const rowSum = (i: number, weight = 0) => {
    const [run, row] = [Math.floor(i / rows), i % rows];
    return summed(cols + 1, (col) =>
      col === cols ? -weight * at(targets, i) : entry(run, row, col) * at(input, run * cols + col),
    );
  };
  /** Aᵀ·vector */
  const colSum = (i: number, vector: ArrayLike<number>) => {
    const [run, col] = [Math.floor(i / cols), i % cols];
    return summed(rows, (row) => entry(run, row, col) * at(vector, run * rows + row));
  };
  return { matrix_step, a, input, left, targets, rowSum, colSum };
}

describe.for(shapes)("panels of $rows rows and $runs runs, $threads threads", (shape) => {
  /** Runs of one panel share a read of A, so that a matrix for each run needs a panel for each. */
  const matrices = shape.runs > 1 ? [true] : [true, false];

  /** Strips of two panels, of which a first dispatch takes the first panel and a second one the rest. */
  const strip = 2 * shape.rows;
  const calls = <G extends object>(rows: number, cols: number, runs: number, given: G) =>
    [
      { first: 0, end: shape.rows },
      { first: shape.rows, end: strip },
    ].map((part) => ({
      given: { ...given, rows, cols, runs, strip, ...part },
      workgroups: [Math.ceil(rows / strip), Math.ceil(runs / shape.runs), 1] as const,
      work: 1,
    }));

  test.for(sizes)("product: %i × %i, %i runs", async ([rows, cols, runs], { device }) => {
    const gpu = new Gpu(device);
    const cases = formsOf(cols).flatMap((form) => matrices.map((shared) => ({ ...form, shared })));
    for (const { source, entry, shared } of cases) {
      const [multiply, residual] = await Promise.all([
        product({ source, shape, end: "product" }).on(gpu),
        product({ source, shape, end: "residual" }).on(gpu),
      ]);
      const { matrix_step, a, input, targets, rowSum } = problem(rows, cols, runs, shared);
      const given = { matrix_step: matrix_step / entry };
      const writes = { output: poison(runs * rows) };
      const plain = await runKernel(gpu, { reads: { a, input }, writes }, (arena, buffers) =>
        multiply(arena, calls(rows, cols / entry, runs, { ...given, ...buffers })),
      );
      const exact = Array.from(writes.output, (_, i) => rowSum(i));
      expectNear(
        plain.output,
        exact.map(({ sum }) => sum),
        (i) => ROUNDINGS * HALF_ULP * (exact[i]?.size ?? 0),
      );

      // The last run exceeds its limit; the step that was noted before is smaller, and stays.
      const limits = bitsOf(Array.from({ length: runs }, (_, run) => (run === runs - 1 ? 0 : 1e30)));
      const diverged = new Uint32Array(runs).fill(0xffffffff);
      const reads = { a, input, targets, limits, counts: Uint32Array.of(7, 7 - 1) };
      const rest = await runKernel(gpu, { reads, writes: { ...writes, diverged } }, (arena, buffers) =>
        residual(arena, calls(rows, cols / entry, runs, { ...given, ...buffers })),
      );
      const less = Array.from(writes.output, (_, i) => rowSum(i, 1));
      expectNear(
        rest.output,
        less.map(({ sum }) => sum),
        (i) => ROUNDINGS * HALF_ULP * (less[i]?.size ?? 0),
      );
      expect([...rest.diverged]).toEqual(Array.from(limits, (limit) => (limit === 0 && rows > 0 ? 7 : 0xffffffff)));
    }
  });

  test.for(sizes)("transposed-product and gradient: %i × %i, %i runs", async ([rows, cols, runs], { device }) => {
    const gpu = new Gpu(device);
    const cases = formsOf(cols).flatMap((form) => matrices.map((shared) => ({ ...form, shared })));
    for (const { source, entry, shared } of cases) {
      const [multiply, descend] = await Promise.all([
        transposedProduct({ source, shape }).on(gpu),
        gradient({ source, shape }).on(gpu),
      ]);
      const { matrix_step, a, input, left, targets, rowSum, colSum } = problem(rows, cols, runs, shared);
      const given = { matrix_step: matrix_step / entry };
      const groups = Math.ceil(rows / strip);
      const writes = { shares: poison(groups * runs * cols) };
      const sumOf = (shares: Float32Array) =>
        Array.from(
          { length: runs * cols },
          (_, i) => summed(groups, (group) => at(shares, group * runs * cols + i)).sum,
        );
      const plain = await runKernel(gpu, { reads: { a, input: left }, writes }, (arena, buffers) =>
        multiply(arena, calls(rows, cols / entry, runs, { ...given, ...buffers })),
      );
      const exact = Array.from({ length: runs * cols }, (_, i) => colSum(i, left));
      expectNear(
        sumOf(plain.shares),
        exact.map(({ sum }) => sum),
        (i) => (strip + 2) * HALF_ULP * (exact[i]?.size ?? 0),
      );

      const limits = bitsOf(Array.from({ length: runs }, (_, run) => (run === 0 ? 0 : 1e30)));
      const diverged = Uint32Array.from({ length: runs }, (_, run) => (run === 0 ? 3 : 0xffffffff));
      const reads = { a, input, targets, limits, counts: Uint32Array.of(7, 7 - 1) };
      const both = await runKernel(gpu, { reads, writes: { ...writes, diverged } }, (arena, buffers) =>
        descend(arena, calls(rows, cols / entry, runs, { ...given, ...buffers })),
      );
      const residuals = Array.from({ length: runs * rows }, (_, i) => rowSum(i, 1));
      const steepest = Array.from(
        { length: runs * cols },
        (_, i) =>
          colSum(
            i,
            residuals.map(({ sum }) => sum),
          ).sum,
      );
      // A residual's roundings, relative to the size of its terms, and those of its row's product and share.
      const most = Array.from({ length: runs * cols }, (_, i) => {
        const [run, col] = [Math.floor(i / cols), i % cols];
        return summed(rows, (row) => {
          const entry = at(a, run * matrix_step + row * cols + col);
          return Math.abs(entry) * (residuals[run * rows + row]?.size ?? 0);
        }).sum;
      });
      expectNear(sumOf(both.shares), steepest, (i) => (ROUNDINGS + strip + 2) * HALF_ULP * at(most, i));
      expect([...both.diverged], "an earlier step stays").toEqual([...diverged]);
    }
  });

  test("product of truncated powers and of an activation in two-floats", async ({ device }) => {
    const gpu = new Gpu(device);
    const form = await exactForm(gpu);
    const [rows, cols, runs, scale] = [37, 70, 2, 0.7];
    const input = normals(runs * cols, 2);
    const [x, b] = [twoFloatNormals(rows, 5), twoFloatNormals(cols, 6)];
    const [scale_hi = 0, scale_lo = 0] = splitTwoFloat([scale]);
    const expectProduct = (output: Float32Array, activation: (z: number) => number, perEntry: number) => {
      const exact = Array.from({ length: runs * rows }, (_, i) =>
        summed(
          cols,
          (m) => activation(scale * (at(x, i % rows) - at(b, m))) * at(input, Math.floor(i / rows) * cols + m),
        ),
      );
      const bound = (i: number) => (ROUNDINGS + perEntry) * HALF_ULP * (exact[i]?.size ?? 0);
      expectNear(
        output,
        exact.map(({ sum }) => sum),
        bound,
      );
    };
    const writes = { output: poison(runs * rows) };
    for (const power of [0, 1, 2, 3] as const) {
      const multiply = await product({ source: { power }, shape, end: "product" }).on(gpu);
      const reads = { input, x: splitTwoFloat(x), b: splitTwoFloat(b) };
      const { output } = await runKernel(gpu, { reads, writes }, (arena, buffers) =>
        multiply(arena, calls(rows, cols, runs, { scale_hi, ...buffers })),
      );
      // z has three roundings and that of the scale; a power multiplies each of them.
      expectProduct(output, (z) => (z >= 0 ? z ** power : 0), 6 * power);
    }
    const multiply = await product({ source: { form: "tanh", twoFloat: form }, shape, end: "product" }).on(gpu);
    const neurons = splitTwoFloat(Array.from(b, (bias) => [bias, 1]).flat());
    const { output } = await runKernel(
      gpu,
      { reads: { input, x: splitTwoFloat(x), neurons }, writes },
      (arena, buffers) =>
        multiply(arena, calls(rows, cols, runs, { dimensions: 1, power: 0, scale_hi, scale_lo, ...buffers })),
    );
    expectProduct(output, Math.tanh, 1);
  });
});

test.for([...sizes, [65, 64, 2]] as const)(
  "narrow-product: %i × %i, %i runs",
  async ([rows, cols, runs], { device }) => {
    const gpu = new Gpu(device);
    const [multiply, residual] = await Promise.all([
      narrowProduct("product").on(gpu),
      narrowProduct("residual").on(gpu),
    ]);
    for (const shared of [true, false]) {
      const { matrix_step, a, input, targets, rowSum } = problem(rows, cols, runs, shared);
      const params = { rows, cols, runs, matrix_step };
      const writes = { output: poison(runs * rows) };
      const plain = await runKernel(gpu, { reads: { a, input }, writes }, (arena, buffers) =>
        multiply(arena, { ...params, ...buffers }),
      );
      const exact = Array.from(writes.output, (_, i) => rowSum(i));
      expectNear(
        plain.output,
        exact.map(({ sum }) => sum),
        (i) => (cols + 1) * HALF_ULP * (exact[i]?.size ?? 0),
      );
      const limits = bitsOf(Array.from({ length: runs }, (_, run) => (run === 0 ? 0 : 1e30)));
      const reads = { a, input, targets, limits, counts: Uint32Array.of(9, 9 - 1) };
      const diverged = new Uint32Array(runs).fill(0xffffffff);
      const rest = await runKernel(gpu, { reads, writes: { ...writes, diverged } }, (arena, buffers) =>
        residual(arena, { ...params, ...buffers }),
      );
      const less = Array.from(writes.output, (_, i) => rowSum(i, 1));
      expectNear(
        rest.output,
        less.map(({ sum }) => sum),
        (i) => (cols + 2) * HALF_ULP * (less[i]?.size ?? 0),
      );
      expect([...rest.diverged]).toEqual(Array.from(limits, (limit) => (limit === 0 && rows > 0 ? 9 : 0xffffffff)));
    }
  },
);

test.for(awkwardCounts.flatMap((length) => [1, 33, 1000].map((count) => [count, length] as const)))(
  "sum-shares: %i shares of %i",
  async ([count, length], { device }) => {
    const gpu = new Gpu(device);
    const sum = await sumShares.on(gpu);
    // Positive numbers: the roundings of a chain may all have one sign.
    const shares = normals(count * length, 1).map((value) => Math.abs(value));
    const { sums } = await runKernel(gpu, { reads: { shares }, writes: { sums: poison(length) } }, (arena, buffers) =>
      sum(arena, { length, count, ...buffers }),
    );
    const exact = Array.from(sums, (_, i) => summed(count, (share) => at(shares, share * length + i)).sum);
    expectNear(sums, exact, (i) => (32 + count / 32) * HALF_ULP * at(exact, i));
  },
);
