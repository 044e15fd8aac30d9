import { describe, expect } from "vitest";
import { loadWorking } from "../../shaders/load-working.ts";
import { pairTurn } from "../../shaders/pair-turn.ts";
import { BLOCK_ROWS, PAIR_ROWS } from "../../shaders/shared/sweep.ts";
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
import { at, expectNear, normals, poisoned, runKernel, summed } from "../support/run-kernel.ts";
import { stubDevice } from "../support/stub-device.ts";
import { pairRows } from "../support/svd-oracle.ts";

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
    const sweepOf = await prepareSweep(
      gpu,
      layout,
      shapesOf({ device: stubDevice({ adapterInfo: adapters.gpu }) }).sweep,
    );
    await gpu.withArena(async (arena) => {
      const { steps } = sweepOf(arena, arena.storage("rows", workingBytes(layout)), layout, 1e-6);
      expect(steps.filter(({ kind }) => kind === "dispatch").length).toBe(dispatches);
    });
  });

  // One pair of blocks; several, with a last one that is not full; more columns than one workgroup sums.
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
        await prepareSweep(gpu, layout, { ...shapesOf({ device }).sweep, shortRow }),
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
      // Normal rows of this length are never orthogonal to 1e-6. The sweep sees each pair of rows, of two blocks or of one.
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
