import { describe, expect } from "vitest";
import { APPLY_WORKGROUP, applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram, SLICES_PER_WORKGROUP } from "../../shaders/block-gram.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { BLOCK_ROWS, PAIR_ROWS } from "../../shaders/shared/sweep.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Matrix } from "../../src/gpu/matrix.ts";
import { prepareSweep } from "../../src/svd/sweep.ts";
import { loadParams, viewOf, workingLayout } from "../../src/svd/working-matrix.ts";
import { test } from "../support/gpu.ts";
import { randomMatrix } from "../support/matrices.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { readFloats, readWords } from "../support/read.ts";
import { at, expectNear, normals, poison, poisoned, runKernel } from "../support/run-kernel.ts";

/** The rows of a pair of blocks, counted over all matrices, by the circle method. */
function pairRows(pair: number, blocks: number, round: number): number[] {
  const [matrix, slot, turning] = [Math.floor(pair / (blocks / 2)), pair % (blocks / 2), blocks - 1];
  const players = [(round + slot) % turning, slot === 0 ? turning : (round + turning - slot) % turning];
  return players
    .sort((a, b) => a - b)
    .flatMap((block) => Array.from({ length: BLOCK_ROWS }, (_, row) => (matrix * blocks + block) * BLOCK_ROWS + row));
}

describe("block-gram", () => {
  // One vec4; a last slice that is not full; slices beyond one workgroup's; only the first columns of longer rows.
  test.for([
    [1, 1, 1],
    [17, 2, 17],
    [19, 2, 20],
    [16, 5, 31],
  ] as const)("%i vec4s in slices of %i, of rows of %i", async ([cols, slice_cols, row_stride], { device }) => {
    const gpu = new Gpu(device);
    const sumGram = await blockGram.on(gpu);
    const [batch, blocks, round] = [2, 4, 1];
    const [pairs, slices] = [(batch * blocks) / 2, Math.ceil(cols / slice_cols)];
    const working = normals(batch * blocks * BLOCK_ROWS * 4 * row_stride, 1);
    const size = PAIR_ROWS * PAIR_ROWS;
    // The second matrix was clean in the sweep before, and is skipped. Each matrix has a dispatch of its own.
    const reads = { working, left_over: Uint32Array.of(1, 0) };
    const { gram } = await runKernel(
      gpu,
      { reads, writes: { gram: poison(pairs * slices * size) } },
      (arena, buffers) =>
        sumGram(
          arena,
          [0, 2].map((first_pair) => ({
            given: { round, blocks, first_pair, row_stride, cols, slices, slice_cols, ...buffers },
            workgroups: [Math.ceil(slices / SLICES_PER_WORKGROUP), 2, 1] as const,
            work: 1,
          })),
        ),
    );
    expect(gram.subarray((pairs / 2) * slices * size).every(Number.isNaN)).toBe(true);
    const sums = Array.from({ length: (pairs / 2) * slices * size }, (_, i) => {
      const [pair, slice, entry] = [Math.floor(i / (slices * size)), Math.floor(i / size) % slices, i % size];
      const rows = pairRows(pair, blocks, round);
      const [p, q] = [at(rows, Math.floor(entry / PAIR_ROWS)), at(rows, entry % PAIR_ROWS)];
      let [exact, most] = [0, 0];
      for (let col = 4 * slice * slice_cols; col < 4 * Math.min(cols, (slice + 1) * slice_cols); col++) {
        const term = at(working, 4 * row_stride * p + col) * at(working, 4 * row_stride * q + col);
        exact += term;
        most += Math.abs(term);
      }
      return { exact, most };
    });
    const bound = (i: number) => (4 + slice_cols) * HALF_ULP * (sums[i]?.most ?? 0);
    expectNear(
      gram.subarray(0, sums.length),
      sums.map(({ exact }) => exact),
      bound,
    );
  });
});

describe("apply-rotation", () => {
  // One vec4, a part of a workgroup, and a second one that is not full.
  test.for([1, 2, 15, 16, 2 * APPLY_WORKGROUP + 3])("rows of %i vec4s", async (row_stride, { device }) => {
    const gpu = new Gpu(device);
    const { rotationColumns: columns } = shapesOf(device);
    const apply = await applyRotation({ columns }).on(gpu);
    const [blocks, round] = [4, 2];
    const rotation = normals(2 * PAIR_ROWS * PAIR_ROWS, 1);
    const working = normals(blocks * BLOCK_ROWS * 4 * row_stride, 2);
    const kept = 0b1010_0000_0000_0000_0000_0000_0000_0011;
    // The second pair does not turn.
    const reads = { rotation, turned: Uint32Array.of(5, kept, 0, 0) };
    const after = await runKernel(gpu, { reads, writes: { working } }, (arena, buffers) =>
      apply(arena, [
        {
          given: { round, blocks, first_pair: 0, row_stride, ...buffers },
          workgroups: [Math.ceil(row_stride / (APPLY_WORKGROUP * columns)), 2, 1],
          work: 1,
        },
      ]),
    );
    const [turned, resting] = [pairRows(0, blocks, round), pairRows(1, blocks, round)];
    const rowOf = (values: Float32Array, row: number) =>
      values.subarray(4 * row_stride * row, 4 * row_stride * (row + 1));
    for (const row of resting) expect(rowOf(after.working, row)).toEqual(rowOf(working, row));
    turned.forEach((row, i) => {
      const terms = (col: number, of: (value: number) => number) =>
        turned.reduce(
          (sum, old, k) => sum + of(at(rotation, PAIR_ROWS * i + k) * at(rowOf(working, old), col)),
          (kept >>> i) & 1 ? of(at(rowOf(working, row), col)) : 0,
        );
      const exact = Array.from({ length: 4 * row_stride }, (_, col) => terms(col, (value) => value));
      expectNear(
        rowOf(after.working, row),
        exact,
        (col) => (PAIR_ROWS + 2) * HALF_ULP * terms(col, Math.abs),
        `row ${i}`,
      );
    });
  });
});

describe("pair-rotation", () => {
  const TOLERANCE = 1e-7;
  const size = PAIR_ROWS * PAIR_ROWS;
  const entry = (matrix: ArrayLike<number>, i: number, j: number) => at(matrix, PAIR_ROWS * i + j);
  const table = (of: (i: number, j: number) => number) =>
    Float64Array.from({ length: size }, (_, at) => of(Math.floor(at / PAIR_ROWS), at % PAIR_ROWS));
  const product = (a: ArrayLike<number>, b: (k: number, j: number) => number) =>
    table((i, j) => {
      let sum = 0;
      for (let k = 0; k < PAIR_ROWS; k++) sum += entry(a, i, k) * b(k, j);
      return sum;
    });
  /** √Σ of the squares off the diagonal. */
  const offDiagonal = (matrix: ArrayLike<number>) =>
    Math.hypot(...Array.from(matrix).filter((_, i) => i % (PAIR_ROWS + 1) !== 0));

  /**
   * Rows of lengths 1 to 2 whose cosines are about `angle`: unit vectors, to each of which some of the others is added.
   */
  function gramOf(angle: number): Float64Array {
    const noise = normals(size, 3);
    const rows = table((i, j) => (1 + i / PAIR_ROWS) * Number(i === j) + (angle * at(noise, PAIR_ROWS * i + j)) / 8);
    return product(rows, (k, j) => entry(rows, j, k));
  }

  async function rotated(device: GPUDevice, gram: Float64Array, leftOver = 1) {
    const gpu = new Gpu(device);
    const rotate = await pairRotation.on(gpu, { threads: shapesOf(device).rowThreads });
    // In two slices, whose sum is the matrix; the second pair's rows are orthogonal.
    const halves = Float32Array.from(gram, (value) => value / 2);
    const identity = Float32Array.from(table((i, j) => Number(i === j)));
    const reads = {
      gram: Float32Array.from([...halves, ...halves, ...identity, ...identity]),
      left_over: Uint32Array.of(leftOver, 1),
    };
    const writes = {
      rotation: poison(2 * size),
      turned: Uint32Array.of(9, 9, 9, 9),
      skew_pairs: Uint32Array.of(100, 0),
    };
    const after = await runKernel(gpu, { reads, writes }, (arena, buffers) =>
      rotate(arena, [
        {
          given: { round: 0, blocks: 2, first_pair: 0, slices: 2, tolerance: TOLERANCE, ...buffers },
          workgroups: [2, 1, 1],
          work: 1,
        },
      ]),
    );
    expect(after.rotation.subarray(size).every(Number.isNaN), "the second pair does not turn").toBe(true);
    expect([after.turned[2], after.skew_pairs[1]]).toEqual([0, 0]);
    const bits = at(after.turned, 1);
    return { ...after, W: table((i, j) => entry(after.rotation, i, j) + Number(i === j && (bits >>> i) & 1)) };
  }

  /** The largest row sum of tangents, by |p·q| / | |q|² − |p|² |, which bounds each. */
  const tangents = (gram: ArrayLike<number>) =>
    Math.max(
      ...Array.from({ length: PAIR_ROWS }, (_, i) =>
        Array.from({ length: PAIR_ROWS }, (_, j) =>
          i === j ? 0 : Math.abs(entry(gram, i, j) / (entry(gram, i, i) - entry(gram, j, j))),
        ).reduce((sum, value) => sum + value),
      ),
    );

  // The three branches of the kernel: a sweep of two-sided Jacobi; all rotations at once, with and without a correction
  // of W.
  test.for([
    [1, 0.15, Number.POSITIVE_INFINITY],
    [0.005, 0.01, 0.15],
    [0.0004, 0, 0.01],
  ] as const)(
    "angles of about %d: W is orthogonal, and W·G·Wᵀ nearer to diagonal",
    async ([angle, least, most], { device }) => {
      const gram = gramOf(angle);
      const theta = tangents(gram);
      expect(theta).toBeGreaterThan(least);
      expect(theta).toBeLessThan(most);
      const { W, turned, skew_pairs } = await rotated(device, gram);
      const squares = product(W, (k, j) => entry(W, j, k));
      const identity = table((i, j) => Number(i === j));
      expectNear(squares, identity, () => 2 * PAIR_ROWS * HALF_ULP, "entry of W·Wᵀ");
      const after = product(
        product(W, (k, j) => entry(gram, k, j)),
        (k, j) => entry(W, j, k),
      );
      // All rotations at once leave half the commutator of K, |K| ≤ θ, and G's off-diagonal part; a first sweep halves
      // the squares.
      expect(offDiagonal(after)).toBeLessThan(Math.min(Math.SQRT1_2, 2 * theta) * offDiagonal(gram));
      const skew = Array.from({ length: PAIR_ROWS }, (_, i) => i).flatMap((i) =>
        Array.from(
          { length: i },
          (_, j) => Math.abs(entry(gram, i, j)) / Math.sqrt(entry(gram, i, i) * entry(gram, j, j)),
        ),
      );
      const expected = skew.filter((cosine) => cosine > TOLERANCE).length;
      expect([turned[0], skew_pairs[0]]).toEqual([expected, 100 + expected]);
    },
  );

  test("a matrix that was clean in the sweep before is skipped", async ({ device }) => {
    const { rotation, turned, skew_pairs } = await rotated(device, gramOf(1), 0);
    // Both pairs are of matrices of their own: a matrix of two blocks has one pair.
    expect(rotation.every(Number.isNaN)).toBe(true);
    expect([...turned.subarray(0, 2), skew_pairs[0]]).toEqual([9, 9, 100]);
  });
});

describe("one sweep of block-gram, pair-rotation and apply-rotation", () => {
  // One pair of blocks; several with a part-filled last one; slices of the columns beyond one workgroup's four.
  test.for([
    [20, 24],
    [50, 66],
    [70, 600],
  ] as const)(
    "%i rows of %i: Q stays orthogonal, R = Q·R₀, the padding stays zero",
    async ([rows, cols], { device }) => {
      const gpu = new Gpu(device);
      const layout = workingLayout(rows, cols, 1, true);
      const entries = randomMatrix(rows, cols);
      const [load, sweepOf] = [await loadWorking.on(gpu), await prepareSweep(gpu)];
      const { working, skew } = await gpu.withArena(async (arena) => {
        const words = layout.workingRows * layout.rowStride * 4;
        const buffer = poisoned(arena, words);
        const matrix = Matrix.create(gpu, { rows, cols, batch: 1, buffer: arena.upload("A", entries) });
        const sweep = sweepOf(arena, buffer, layout, 1e-6);
        await execute(gpu, [
          ...load(arena, {
            ...loadParams(viewOf(matrix, layout.transposed), layout),
            exponents: arena.upload("exponent", Int32Array.of(0)),
            working: buffer,
          }),
          ...sweep.steps,
        ]);
        return { working: await readFloats(gpu, buffer, words), skew: (await readWords(gpu, sweep.skewPairs, 1))[0] };
      });
      // Normal rows of this length are never orthogonal to 1e-6; each pair of rows in two blocks, or within one, is
      // seen.
      expect(skew).toBeGreaterThanOrEqual((rows * (rows - 1)) / 2);

      const stride = layout.rowStride * 4;
      const r = (row: number, col: number) => working[row * stride + col] ?? Number.NaN;
      const q = (row: number, col: number) => working[row * stride + layout.cols * 4 + col] ?? Number.NaN;
      const dot = (length: number, a: (i: number) => number, b: (i: number) => number) => {
        let sum = 0;
        for (let i = 0; i < length; i++) sum += a(i) * b(i);
        return sum;
      };
      // Each of the blocks − 1 rounds multiplies by a rotation that is orthogonal to a few roundings.
      const tolerance = 16 * layout.blocks * HALF_ULP;
      let [worstQ, worstR, skewBefore, skewAfter] = [0, 0, 0, 0];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j <= i; j++) {
          const inner = dot(
            rows,
            (k) => q(i, k),
            (k) => q(j, k),
          );
          worstQ = Math.max(worstQ, Math.abs(inner - Number(i === j)));
          if (i === j) continue;
          skewBefore +=
            dot(
              cols,
              (k) => entries[i * cols + k] ?? 0,
              (k) => entries[j * cols + k] ?? 0,
            ) ** 2;
          skewAfter +=
            dot(
              cols,
              (k) => r(i, k),
              (k) => r(j, k),
            ) ** 2;
        }
        for (let col = 0; col < cols; col++) {
          const product = dot(
            rows,
            (k) => q(i, k),
            (k) => entries[k * cols + col] ?? 0,
          );
          worstR = Math.max(worstR, Math.abs(r(i, col) - product));
        }
      }
      expect(worstQ).toBeLessThan(tolerance);
      expect(worstR).toBeLessThan(tolerance * Math.sqrt(rows) * 5);
      expect(skewAfter).toBeLessThan(skewBefore / 2);
      expect(working.subarray(rows * stride).every((value) => value === 0)).toBe(true);
    },
  );
});
