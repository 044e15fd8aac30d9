import { describe, expect } from "vitest";
import { extractExtended } from "../../shaders/extract-vectors.ts";
import { extendedNorms } from "../../shaders/row-norms.ts";
import { selectTwoFloat } from "../../src/adapter/two-float-check.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { joinEntries, LOW_SCALE } from "../../src/gpu/matrix.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import { uploadMatrix } from "../../src/operator/upload-matrix.ts";
import { prepareExtendedSweep } from "../../src/svd/extended-sweep.ts";
import { prepareLoadExtended } from "../../src/svd/extended-turns.ts";
import { extendedNormParams, vectorParams, workingLayout } from "../../src/svd/working-matrix.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { joinTwoFloat } from "../support/numbers.ts";
import { readFloats, readTwoFloats, readWords } from "../support/read.ts";
import { exactForm, poisoned, twoFloatNormals } from "../support/run-kernel.ts";

/** Dot2's bound, and one rounding of a two-float. */
const EPSILON = 2 ** -44;

const poisonedTwoFloats = (arena: Arena, count: number) => poisoned(arena, 2 * count);

test("an exact form is found, and once a device", async ({ device }) => {
  const gpu = new Gpu(device);
  expect(["fma", "split"]).toContain(await selectTwoFloat(gpu));
  expect(selectTwoFloat(gpu)).toBe(selectTwoFloat(new Gpu(device)));
});

describe("working matrices in two-floats", () => {
  test.for([
    [3, 5, 1],
    [5, 3, 2],
    [33, 40, 2],
  ] as const)(
    "%i × %i, batch %i: loaded, scaled, measured, and taken out again",
    async ([rows, cols, batch], { device }) => {
      const gpu = new Gpu(device);
      const form = await exactForm(gpu);
      const layout = workingLayout(rows, cols, batch, true);
      const length = 4 * layout.rowStride;
      const entries = twoFloatNormals(batch * rows * cols, 5);
      const [load, extract, norms] = [
        await prepareLoadExtended(gpu),
        await extractExtended(form).on(gpu, { low_scale: LOW_SCALE }),
        await extendedNorms(form).on(gpu),
      ];
      await gpu.withArena(async (arena) => {
        const source = await uploadMatrix(gpu, { data: entries, rows, cols, batch, precision: "extended" });
        const working = poisonedTwoFloats(arena, batch * layout.workingRows * length);
        const squares = poisonedTwoFloats(arena, batch * layout.workingRows);
        const [outHigh, outLow] = [
          poisonedTwoFloats(arena, batch * rows * cols),
          poisonedTwoFloats(arena, batch * rows * cols),
        ];
        const exponents = arena.upload(
          "exponents",
          Int32Array.from({ length: batch }, (_, i) => i),
        );
        const reversed = Uint32Array.from(
          { length: batch * layout.rows },
          (_, i) => layout.rows - 1 - (i % layout.rows),
        );
        const third = joinTwoFloat(splitTwoFloat([1 / 3]))[0] ?? 0;
        const part = {
          first: 0,
          length: layout.length,
          order: arena.upload("order", reversed),
          scales: arena.upload("scales", splitTwoFloat(new Float64Array(batch * layout.rows).fill(third))),
        };
        await execute(gpu, [
          ...load(arena, source, exponents, working, layout),
          norms(arena, { ...extendedNormParams(layout), working, squares }),
          ...extract(arena, { ...vectorParams(layout), ...part, working, high: outHigh, low: outLow }),
        ]);
        const loaded = await readTwoFloats(gpu, working, batch * layout.workingRows * length);
        const expected = new Float64Array(loaded.length);
        const sums = new Float64Array(batch * layout.workingRows);
        for (let i = 0; i < batch; i++) {
          for (let row = 0; row < layout.rows; row++) {
            const at = (i * layout.workingRows + row) * length;
            for (let col = 0; col < layout.length; col++) {
              const value =
                2 ** i * (entries[i * rows * cols + (layout.transposed ? col * cols + row : row * cols + col)] ?? 0);
              expected[at + col] = value;
              sums[i * layout.workingRows + row] = (sums[i * layout.workingRows + row] ?? 0) + value * value;
            }
            expected[at + 4 * layout.cols + row] = 1;
          }
        }
        expect(loaded).toEqual(expected);
        const measured = await readTwoFloats(gpu, squares, batch * layout.workingRows);
        measured.forEach((value, row) => {
          expect(Math.abs(value - (sums[row] ?? 0))).toBeLessThanOrEqual(EPSILON * (sums[row] ?? 0));
        });
        const hi = await readFloats(gpu, outHigh, batch * rows * cols);
        const taken = joinEntries(hi, await readFloats(gpu, outLow, batch * rows * cols));
        taken.forEach((value, index) => {
          const [i, entry] = [Math.floor(index / (rows * cols)), index % (rows * cols)];
          const [position, k] = [Math.floor(entry / layout.rows), entry % layout.rows];
          const exact = third * (loaded[(i * layout.workingRows + layout.rows - 1 - k) * length + position] ?? 0);
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(EPSILON * Math.abs(exact));
          expect(hi[index]).toBe(Math.fround(value));
        });
        source.destroy();
      });
    },
  );
});

describe("a sweep in two-floats", () => {
  test.for([
    [2, 3, 1],
    [5, 9, 2],
    [33, 40, 1],
    [64, 64, 1],
  ] as const)(
    "%i rows of %i, batch %i: sweeps end, [QR | Q] keeps its 44 bits",
    async ([rows, cols, batch], { device }) => {
      const gpu = new Gpu(device);
      const form = await exactForm(gpu);
      const layout = workingLayout(rows, cols, batch, true);
      const length = 4 * layout.rowStride;
      const entries = twoFloatNormals(batch * rows * cols, 6);
      const tolerance = 8 * EPSILON;
      const [load, sweepOf] = [await prepareLoadExtended(gpu), await prepareExtendedSweep(gpu, form)];
      await gpu.withArena(async (arena) => {
        const source = await uploadMatrix(gpu, { data: entries, rows, cols, batch, precision: "extended" });
        const working = poisonedTwoFloats(arena, batch * layout.workingRows * length);
        const exponents = arena.upload("exponents", new Int32Array(batch));
        const sweep = sweepOf(arena, working, layout, tolerance);
        await execute(gpu, [...load(arena, source, exponents, working, layout), ...sweep.steps]);
        expect((await readWords(gpu, sweep.skewPairs, batch))[0], "pairs of normal rows").toBe((rows * (rows - 1)) / 2);
        const cosines = await readFloats(gpu, sweep.cosines, batch * layout.workingRows);
        expect([cosines[0], ...cosines.subarray(rows, layout.workingRows)]).toEqual(
          new Array(1 + layout.workingRows - rows).fill(0),
        );
        let sweeps = 1;
        for (; sweeps < 15; sweeps++) {
          await execute(gpu, sweep.steps);
          if ((await readWords(gpu, sweep.skewPairs, batch)).every((pairs) => pairs === 0)) break;
        }
        expect(sweeps).toBeLessThan(15);

        const result = await readTwoFloats(gpu, working, batch * layout.workingRows * length);
        const at = (matrix: number, row: number, col: number) =>
          result[(matrix * layout.workingRows + row) * length + col] ?? Number.NaN;
        const dot = (count: number, term: (k: number) => number) => {
          let sum = 0;
          for (let k = 0; k < count; k++) sum += term(k);
          return sum;
        };
        const bound = EPSILON * 4 * sweeps * Math.sqrt(rows); // a rotation a round, its rounding at random
        for (let matrix = 0; matrix < batch; matrix++) {
          const norm = (row: number) => Math.sqrt(dot(cols, (k) => at(matrix, row, k) ** 2));
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j <= i; j++) {
              const q = dot(rows, (k) => at(matrix, i, 4 * layout.cols + k) * at(matrix, j, 4 * layout.cols + k));
              expect(Math.abs(q - Number(i === j))).toBeLessThan(bound);
              if (i === j) continue;
              const r = dot(cols, (k) => at(matrix, i, k) * at(matrix, j, k));
              expect(Math.abs(r)).toBeLessThan(2 * tolerance * norm(i) * norm(j));
            }
            for (let k = 0; k < cols; k++) {
              const product = dot(
                rows,
                (l) => at(matrix, i, 4 * layout.cols + l) * (entries[(matrix * rows + l) * cols + k] ?? 0),
              );
              expect(Math.abs(at(matrix, i, k) - product)).toBeLessThan(bound * Math.sqrt(rows) * 4);
            }
          }
        }
        source.destroy();
      });
    },
  );
});
