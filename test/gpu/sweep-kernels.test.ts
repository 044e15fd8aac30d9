import { describe, expect } from "vitest";
import { APPLY_WORKGROUP, applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram } from "../../shaders/block-gram.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { pairTurn } from "../../shaders/pair-turn.ts";
import { BLOCK_ROWS, PAIR_ROWS, SLICES, TILE } from "../../shaders/shared/sweep.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { Matrix } from "../../src/gpu/matrix.ts";
import { prepareSweep } from "../../src/svd/sweep.ts";
import { loadParams, viewOf, workingBytes, workingLayout } from "../../src/svd/working-matrix.ts";
import { test } from "../support/gpu.ts";
import { adapters } from "../support/kernel-table.ts";
import { randomMatrix } from "../support/matrices.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { readFloats, readWords } from "../support/read.ts";
import { at, expectNear, normals, poison, poisoned, runKernel, summed } from "../support/run-kernel.ts";
import { stubDevice } from "../support/stub-device.ts";

/** The rows of a pair of blocks, counted over all matrices, by the circle method. */
function pairRows(pair: number, blocks: number, round: number): number[] {
  const [matrix, slot, turning] = [Math.floor(pair / (blocks / 2)), pair % (blocks / 2), blocks - 1];
  const players = [(round + slot) % turning, slot === 0 ? turning : (round + turning - slot) % turning];
  return players
    .sort((a, b) => a - b)
    .flatMap((block) => Array.from({ length: BLOCK_ROWS }, (_, row) => (matrix * blocks + block) * BLOCK_ROWS + row));
}

/** First row and column of the tiles of a Gram matrix, in the order of block-gram. */
const tiles = Array.from({ length: (PAIR_ROWS / TILE) ** 2 }, (_, i) => ({
  top: TILE * Math.floor(i / (PAIR_ROWS / TILE)),
  left: TILE * (i % (PAIR_ROWS / TILE)),
})).filter(({ top, left }) => top <= left);

/** Row and column of each entry that block-gram writes of one slice. */
const gramEntries = tiles.flatMap(({ top, left }) =>
  Array.from({ length: TILE * TILE }, (_, i) => ({ p: top + Math.floor(i / TILE), q: left + (i % TILE) })),
);

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
    [2, 4, 8].flatMap((floats) =>
      [1, 2, 15, 16, 2 * APPLY_WORKGROUP + 3].map((row_stride) => [floats, row_stride] as const),
    ),
  )("%i numbers a thread, rows of %i vec4s", async ([floats, row_stride], { device }) => {
    const gpu = new Gpu(device);
    const apply = await applyRotation({ floats }).on(gpu);
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
          workgroups: [Math.ceil((4 * row_stride) / (APPLY_WORKGROUP * floats)), 2, 1],
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

  async function rotated(device: GPUDevice, threads: number, gram: Float64Array, leftOver = 1) {
    const gpu = new Gpu(device);
    const rotate = await pairRotation({ threads }).on(gpu);
    // In two workgroups' slices, whose sum is the matrix; the second pair's rows are orthogonal.
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
          given: { round: 0, blocks: 2, first_pair: 0, slices, tolerance: TOLERANCE, ...buffers },
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
    [4, 8, 256].flatMap((threads) => [
      [threads, 1, 0.15, Number.POSITIVE_INFINITY] as const,
      [threads, 0.005, 0.01, 0.15] as const,
      [threads, 0.0004, 0, 0.01] as const,
    ]),
  )(
    "%i threads, angles of about %d: W is orthogonal, and W·G·Wᵀ nearer to diagonal",
    async ([threads, angle, least, most], { device }) => {
      const gram = gramOf(angle);
      const theta = tangents(gram);
      expect(theta).toBeGreaterThan(least);
      expect(theta).toBeLessThan(most);
      const { W, turned, skew_pairs } = await rotated(device, threads, gram);
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
    const { rotation, turned, skew_pairs } = await rotated(device, 8, gramOf(1), 0);
    // Both pairs are of matrices of their own: a matrix of two blocks has one pair.
    expect(rotation.every(Number.isNaN)).toBe(true);
    expect([...turned.subarray(0, 2), skew_pairs[0]]).toEqual([9, 9, 100]);
  });
});

describe("pair-turn", () => {
  // One vec4; columns for a part of the threads; rows longer than their columns; a second turn of all threads.
  test.for([
    [1, 9],
    [19, 27],
    [70, 78],
  ] as const)(
    "%i vec4s of rows of %i: the rows are turned, all others stay",
    async ([cols, row_stride], { device }) => {
      const gpu = new Gpu(device);
      const turn = await pairTurn.on(gpu);
      const [blocks, round, tolerance] = [4, 0, 1e-6]; // in round 0 any two rows of a pair meet
      const rows = blocks * BLOCK_ROWS;
      const turned = pairRows(0, blocks, round);
      // Of two matrices the second was clean in the sweep before. Rows of the identity follow the rows of the pair.
      const working = normals(2 * rows * 4 * row_stride, 1);
      turned.forEach((row, i) => {
        const rest = working.subarray(4 * (row * row_stride + cols), 4 * (row + 1) * row_stride).fill(0);
        rest[i] = 1;
      });
      const reads = { left_over: Uint32Array.of(1, 0) };
      const after = await runKernel(
        gpu,
        { reads, writes: { working, skew_pairs: Uint32Array.of(100, 7) } },
        (arena, own) =>
          turn(
            arena,
            [0, 2].map((first_pair) => ({
              given: { round, blocks, first_pair, row_stride, cols, tolerance, ...own },
              workgroups: [first_pair === 0 ? 1 : 2, 1, 1] as const,
              work: 1,
            })),
          ),
      );
      const untouched = (_: number, i: number) => !turned.includes(Math.floor(i / (4 * row_stride)));
      expect(after.working.filter(untouched)).toEqual(working.filter(untouched));
      expect(after.skew_pairs[1]).toBe(7);

      const row = (values: Float32Array, i: number) =>
        values.subarray(4 * row_stride * at(turned, i), 4 * row_stride * (at(turned, i) + 1));
      const before = turned.map((_, i) => Float64Array.from(row(working, i).subarray(0, 4 * cols)));
      const now = turned.map((_, i) => Float64Array.from(row(after.working, i).subarray(0, 4 * cols)));
      const W = turned.map((_, i) => row(after.working, i).subarray(4 * cols));
      const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => summed(a.length, (k) => at(a, k) * at(b, k)).sum;
      let [skew, sizeBefore, sizeAfter] = [0, 0, 0];
      for (let i = 0; i < PAIR_ROWS; i++) {
        const [w, old] = [W[i] as Float32Array, before[i] as Float64Array];
        for (let j = 0; j < PAIR_ROWS; j++) {
          expect(Math.abs(dot(w, W[j] as Float32Array) - Number(i === j)), "W·Wᵀ").toBeLessThan(
            4 * PAIR_ROWS * HALF_ULP,
          );
          if (i === j) continue;
          const product = dot(old, before[j] as Float64Array);
          sizeBefore += product ** 2;
          sizeAfter += dot(now[i] as Float64Array, now[j] as Float64Array) ** 2;
          const lengths = Math.sqrt(dot(old, old) * dot(before[j] as Float64Array, before[j] as Float64Array));
          skew += Number(i < j && Math.abs(product) > tolerance * lengths);
        }
        const terms = (col: number) => summed(PAIR_ROWS, (k) => at(w, k) * at(before[k] as Float64Array, col));
        const exact = Array.from({ length: 4 * cols }, (_, col) => terms(col));
        // W itself is rounded once more than the rows that it turns.
        expectNear(
          now[i] as Float64Array,
          exact.map(({ sum }) => sum),
          (col) => 2 * (PAIR_ROWS + 2) * HALF_ULP * (exact[col]?.size ?? 0),
          `row ${i}`,
        );
      }
      expect(sizeAfter, "squares of the products of rows").toBeLessThan((2 / 3) * sizeBefore);
      expect(after.skew_pairs[0]).toBe(100 + skew);
    },
  );
});

describe("one sweep", () => {
  test.for([
    [256, 15],
    [1024, 63],
  ] as const)("of %i short rows is %i dispatches on a GPU", async ([rows, dispatches], { device }) => {
    const gpu = new Gpu(device);
    const layout = workingLayout(rows, rows, 1, false);
    const sweepOf = await prepareSweep(gpu, layout, shapesOf(stubDevice({ adapterInfo: adapters.gpu })).sweep);
    await gpu.withArena(async (arena) => {
      const { steps } = sweepOf(arena, arena.storage("rows", workingBytes(layout)), layout, 1e-6);
      expect(steps.filter(({ kind }) => kind === "dispatch").length).toBe(dispatches);
    });
  });

  // One pair of blocks; several with a part-filled last one; slices of the columns beyond one workgroup's.
  const sizes = [
    [20, 24],
    [50, 66],
    [70, 1100],
  ] as const;
  const forms = { "three kernels a round": 0, "one kernel a round": Number.POSITIVE_INFINITY };
  test.for(
    Object.entries(forms).flatMap(([form, shortRow]) => sizes.map(([rows, cols]) => ({ form, shortRow, rows, cols }))),
  )(
    "of $rows rows of $cols, $form: Q stays orthogonal, R = Q·R₀, the padding stays zero",
    async ({ shortRow, rows, cols }, { device }) => {
      const gpu = new Gpu(device);
      const layout = workingLayout(rows, cols, 1, true);
      const entries = randomMatrix(rows, cols);
      const [load, sweepOf] = [
        await loadWorking.on(gpu),
        await prepareSweep(gpu, layout, { ...shapesOf(device).sweep, shortRow }),
      ];
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
