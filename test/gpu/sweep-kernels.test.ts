import { describe, expect } from "vitest";
import { applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram } from "../../shaders/block-gram.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { BLOCK_ROWS, PAIR_ROWS, SLICES, TILE } from "../../shaders/shared/sweep.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { at, expectNear, normals, poison, runKernel } from "../support/run-kernel.ts";
import { pairRows } from "../support/svd-oracle.ts";

/** First row and column of the tiles of a Gram matrix, in the order of block-gram. */
const tiles = Array.from({ length: (PAIR_ROWS / TILE) ** 2 }, (_, i) => ({
  top: TILE * Math.floor(i / (PAIR_ROWS / TILE)),
  left: TILE * (i % (PAIR_ROWS / TILE)),
})).filter(({ top, left }) => top <= left);

/** Row and column of each entry that block-gram writes of one slice. */
const gramEntries = tiles.flatMap(({ top, left }) =>
  Array.from({ length: TILE * TILE }, (_, i) => ({ p: top + Math.floor(i / TILE), q: left + (i % TILE) })),
);

/** Whether the threads of a quad exchange what they read. A device without subgroups cannot do that. */
const shared = [{ wanted: false }, { wanted: true }] as const;
const inQuadsOn = ({ features }: GPUDevice, { wanted }: { readonly wanted: boolean }) =>
  wanted && features.has("subgroups");

describe("block-gram", () => {
  // One vec4; a part of a workgroup's columns; a second workgroup with fewer of them; the first columns of longer rows.
  test.for([
    [1, 1, 1],
    [17, 17, 17],
    [19, 10, 20],
    [70, 35, 81],
  ] as const)("%i vec4s, %i a workgroup, of rows of %i", async ([cols, group_cols, row_stride], { device }) => {
    const gpu = new Gpu(device);
    const sumGram = await blockGram.on(gpu);
    const [batch, blocks, round] = [2, 4, 1];
    const groups = Math.ceil(cols / group_cols);
    const [pairs, slices] = [(batch * blocks) / 2, groups * SLICES];
    const working = normals(batch * blocks * BLOCK_ROWS * 4 * row_stride, 1);
    const size = gramEntries.length;
    // The second matrix was clean in the sweep before, and is skipped. Each matrix has a dispatch of its own.
    const reads = { working, left_over: Uint32Array.of(1, 0) };
    const { gram } = await runKernel(
      gpu,
      { reads, writes: { gram: poison(pairs * slices * size) } },
      (arena, buffers) =>
        sumGram(
          arena,
          [0, 2].map((first_pair) => ({
            given: { round, blocks, first_pair, row_stride, cols, group_cols, slices, ...buffers },
            workgroups: [groups, 2, 1] as const,
            work: 1,
          })),
        ),
    );
    expect(gram.subarray((pairs / 2) * slices * size).every(Number.isNaN)).toBe(true);
    const sums = Array.from({ length: (pairs / 2) * slices * size }, (_, i) => {
      const [pair, slice] = [Math.floor(i / (slices * size)), Math.floor(i / size) % slices];
      const { p, q } = gramEntries[i % size] as { p: number; q: number };
      const rows = pairRows(pair, blocks, round).map((row) => 4 * row_stride * row);
      const begin = Math.floor(slice / SLICES) * group_cols;
      let [exact, most] = [0, 0];
      for (let col = begin + (slice % SLICES); col < Math.min(cols, begin + group_cols); col += SLICES) {
        for (let lane = 4 * col; lane < 4 * col + 4; lane++) {
          const term = at(working, at(rows, p) + lane) * at(working, at(rows, q) + lane);
          exact += term;
          most += Math.abs(term);
        }
      }
      return { exact, most };
    });
    const bound = (i: number) => (4 + group_cols / SLICES) * HALF_ULP * (sums[i]?.most ?? 0);
    expectNear(
      gram.subarray(0, sums.length),
      sums.map(({ exact }) => exact),
      bound,
    );
  });
});

describe("apply-rotation", () => {
  // One vec4, a part of a workgroup, and a second one that is not full.
  test.for(
    shared.flatMap((wanted) =>
      [2, 4, 8].flatMap((floats) =>
        [1, 2, 15, 16, 131].map((row_stride) => ({ ...wanted, floats, row_stride }) as const),
      ),
    ),
  )("$floats numbers a thread, rows of $row_stride vec4s, in quads: $wanted", async (given, { device }) => {
    const { floats, row_stride } = given;
    const gpu = new Gpu(device);
    const threads = 16;
    const apply = await applyRotation({ floats, threads, inQuads: inQuadsOn(device, given) }).on(gpu);
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
          workgroups: [Math.ceil((4 * row_stride) / (threads * floats)), 2, 1],
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
  const blockOf = (row: number) => Math.floor(row / BLOCK_ROWS);
  /** √Σ of the squares off the diagonal, or those of two rows of different blocks. */
  const offDiagonal = (matrix: ArrayLike<number>, cross: boolean) =>
    Math.hypot(...table((i, j) => ((cross ? blockOf(i) !== blockOf(j) : i !== j) ? entry(matrix, i, j) : 0)));

  /**
   * Rows of lengths 1 to 2 whose cosines are about `angle`: unit vectors, to each of which some of the others is added.
   */
  function gramOf(angle: number): Float64Array {
    const noise = normals(size, 3);
    const rows = table((i, j) => (1 + i / PAIR_ROWS) * Number(i === j) + (angle * at(noise, PAIR_ROWS * i + j)) / 8);
    return product(rows, (k, j) => entry(rows, j, k));
  }

  /** Workgroups, and whether the rows of two blocks alone are paired, as in round 1 of a matrix of four blocks. */
  interface Variant {
    readonly threads: number;
    readonly wanted: boolean;
    readonly cross: boolean;
  }

  async function rotated(device: GPUDevice, variant: Variant, gram: Float64Array, leftOver = 1) {
    const gpu = new Gpu(device);
    const { threads, cross } = variant;
    const rotate = await pairRotation({ threads, inQuads: inQuadsOn(device, variant) }).on(gpu);
    // The Gram matrix is the sum of slices from two workgroups. The rows of the second pair are orthogonal.
    const slices = 2 * SLICES;
    const sliced = (matrix: Float64Array) =>
      Array.from({ length: slices }, () => gramEntries.map(({ p, q }) => entry(matrix, p, q) / slices)).flat();
    const identity = table((i, j) => Number(i === j));
    const reads = {
      gram: Float32Array.from([gram, identity].flatMap(sliced)),
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
          given: {
            round: Number(cross),
            blocks: cross ? 4 : 2,
            first_pair: 0,
            slices,
            tolerance: TOLERANCE,
            ...buffers,
          },
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
  test.for(
    [
      { threads: 4, wanted: false },
      { threads: 4, wanted: true },
      { threads: 8, wanted: false },
      { threads: 8, wanted: true },
      { threads: 256, wanted: false },
    ].flatMap((shape) => [
      { ...shape, cross: false, angle: 1, least: 0.15, most: Number.POSITIVE_INFINITY },
      { ...shape, cross: true, angle: 1, least: 0.15, most: Number.POSITIVE_INFINITY },
      { ...shape, cross: false, angle: 0.005, least: 0.01, most: 0.15 },
      { ...shape, cross: false, angle: 0.0004, least: 0, most: 0.01 },
    ]),
  )(
    "$threads threads, in quads: $wanted, angles of about $angle, of two blocks alone: $cross: W is orthogonal, and W·G·Wᵀ nearer to diagonal",
    async ({ angle, least, most, ...variant }, { device }) => {
      const gram = gramOf(angle);
      const theta = tangents(gram);
      expect(theta).toBeGreaterThan(least);
      expect(theta).toBeLessThan(most);
      const { W, turned, skew_pairs } = await rotated(device, variant, gram);
      const squares = product(W, (k, j) => entry(W, j, k));
      const identity = table((i, j) => Number(i === j));
      expectNear(squares, identity, () => 2 * PAIR_ROWS * HALF_ULP, "entry of W·Wᵀ");
      const after = product(
        product(W, (k, j) => entry(gram, k, j)),
        (k, j) => entry(W, j, k),
      );
      // All rotations at once leave half the commutator of K, |K| ≤ θ, and G's off-diagonal part; a first sweep halves
      // the squares.
      expect(offDiagonal(after, variant.cross)).toBeLessThan(
        Math.min(Math.SQRT1_2, 2 * theta) * offDiagonal(gram, variant.cross),
      );
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
    const { rotation, turned, skew_pairs } = await rotated(
      device,
      { threads: 8, wanted: false, cross: false },
      gramOf(1),
      0,
    );
    // Both pairs are of matrices of their own: a matrix of two blocks has one pair.
    expect(rotation.every(Number.isNaN)).toBe(true);
    expect([...turned.subarray(0, 2), skew_pairs[0]]).toEqual([9, 9, 100]);
  });
});
