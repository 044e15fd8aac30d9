import { describe, expect } from "vitest";
import { extendedTurn } from "../../shaders/extended-turn.ts";
import { type SmallJacobiShape, smallJacobi } from "../../shaders/small-jacobi.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP, joinTwoFloat } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";
import { at, exactForm, expectNear, normals, runKernel } from "../support/run-kernel.ts";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * at(b, i), 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** Row `row` of all rows of a batch, each of `length`. */
const rowOf = <T extends Float32Array | Float64Array>(values: T, row: number, length: number) =>
  values.subarray(row * length, (row + 1) * length) as T;

const held = ["R and J", "R", "nothing"] as const;
const jacobiShapes: readonly SmallJacobiShape[] = held.flatMap((held) => [
  { held, sharers: 1, multiplied: 1, turned: 1 },
  { held, sharers: 8, multiplied: 1, turned: 2 },
  { held, sharers: 2, multiplied: 3, turned: 4 },
]);

describe.for(jacobiShapes)("small-jacobi, holding $held, $sharers threads a pair", (shape) => {
  test.for([
    [1, 1],
    [2, 5],
    [15, 16],
    [16, 31],
    [31, 15],
  ] as const)(
    "%i rows of %i: Q·R₀ = R with orthogonal rows, the matrix before stays",
    async ([rows, cols], { device }) => {
      const gpu = new Gpu(device);
      const [left, right] = [Math.ceil(cols / 4), Math.ceil(rows / 4)];
      const row_stride = left + right;
      const threads = shape.sharers > 1 ? shape.sharers * Math.ceil(rows / 2) : 4;
      const encode = await smallJacobi(shape).on(gpu, { threads, entries: 512 });
      const [working_rows, tolerance, max_sweeps] = [rows + 1, 1e-6, 20];
      const length = 4 * row_stride;
      const entries = normals(3 * rows * cols, 1);
      const entryOf = (matrix: number, row: number, col: number) => at(entries, (matrix * rows + row) * cols + col);
      const working = Float32Array.from({ length: 3 * working_rows * length }, (_, i) => {
        const [matrix, row, col] = [
          Math.floor(i / (working_rows * length)),
          Math.floor(i / length) % working_rows,
          i % length,
        ];
        if (row >= rows) return 0;
        return col < cols ? entryOf(matrix, row, col) : Number(col - 4 * left === row);
      });
      const norms = new Float32Array(3 * working_rows).fill(77);
      const [sweeps, skew_pairs] = [new Uint32Array(3).fill(77), new Uint32Array(3).fill(77)];
      const writes = { working, norms, sweeps, skew_pairs };
      const given = { rows, working_rows, row_stride, cols: left, first_matrix: 1, max_sweeps, tolerance };
      const after = await runKernel(gpu, { reads: {}, writes }, (arena, buffers) =>
        encode(arena, [{ given: { ...given, ...buffers }, workgroups: [2, 1, 1], work: 1 }]),
      );
      expect(after.working.subarray(0, working_rows * length)).toEqual(working.subarray(0, working_rows * length));
      expect([after.sweeps[0], ...after.skew_pairs]).toEqual([77, 77, 0, 0]);
      const row = (matrix: number, i: number) => rowOf(after.working, matrix * working_rows + i, length);
      after.norms.forEach((measured, i) => {
        const [matrix, own] = [Math.floor(i / working_rows), i % working_rows];
        const exact = norm(row(matrix, own).subarray(0, cols));
        if (matrix === 0 || own === rows) expect(measured, "a norm that is not asked for").toBe(77);
        else expect(Math.abs(measured - exact)).toBeLessThanOrEqual(8 * HALF_ULP * exact);
      });
      for (const matrix of [1, 2]) {
        const sweeps = at(after.sweeps, matrix);
        expect(sweeps).toBeLessThan(max_sweeps);
        // The roundings of a row's (n − 1)·sweeps rotations add up at random; the bound is four times that.
        const walk = 4 * Math.sqrt(rows * sweeps) * HALF_ULP;
        const size = norm(entries.subarray(matrix * rows * cols, (matrix + 1) * rows * cols));
        for (let i = 0; i < rows; i++) {
          const [r, q] = [row(matrix, i).subarray(0, cols), row(matrix, i).subarray(4 * left, 4 * left + rows)];
          const product = Array.from(r, (_, col) =>
            q.reduce((sum, value, k) => sum + value * entryOf(matrix, k, col), 0),
          );
          expectNear(r, product, () => walk * size, "entry of R");
          for (let j = 0; j < i; j++) {
            const other = row(matrix, j).subarray(0, cols);
            const allowed = (tolerance + 2 * (cols + 4) * HALF_ULP) * norm(r) * norm(other);
            // Beyond the rank the rows are rounding errors, which count as zero.
            if (Math.min(norm(r), norm(other)) > 2 ** -16) expect(Math.abs(dot(r, other))).toBeLessThanOrEqual(allowed);
          }
        }
      }
    },
  );
});

describe("extended-turn", () => {
  test.for([
    [2, 1],
    [3, 15], // a row rests
    [15, 33],
    [16, 165],
  ] as const)(
    "a round of %i rows of %i, batch 2: pairs are orthogonal, the larger row first",
    async ([rows, cols], { device }) => {
      const gpu = new Gpu(device);
      const turn = await extendedTurn(await exactForm(gpu)).on(gpu, { threads: shapesOf({ device }).rowThreads });
      const [batch, players, round, tolerance] = [2, rows + (rows % 2), 0, 2 ** -41];
      const [working_rows, row_length] = [players + 1, cols + 3];
      const values = joinTwoFloat(splitTwoFloat(createRandom(1).normals(batch * working_rows * row_length)));
      values.forEach((_, i) => {
        if (Math.floor(i / row_length) % working_rows >= rows) values[i] = 0;
      });
      const writes = {
        working: splitTwoFloat(values),
        cosines: new Float32Array(batch * working_rows),
        skew_pairs: Uint32Array.of(100, 100),
      };
      const pairs = players / 2;
      const given = { round, players, working_rows, row_length, cols, tolerance };
      const after = await runKernel(gpu, { reads: {}, writes }, (arena, buffers) =>
        turn(
          arena,
          // A dispatch for each matrix.
          [0, pairs].map((first_pair) => ({
            given: { ...given, first_pair, ...buffers },
            workgroups: [pairs, 1, 1] as const,
            work: 1,
          })),
        ),
      );
      const turned = joinTwoFloat(after.working);
      expect([...after.skew_pairs]).toEqual([0, 1].map(() => 100 + Math.floor(rows / 2)));
      for (let matrix = 0; matrix < batch; matrix++) {
        for (let slot = 0; slot < pairs; slot++) {
          // Round 0 of the circle method.
          const [p, q] = (slot === 0 ? [0, players - 1] : [slot, players - 1 - slot])
            .sort((a, b) => a - b)
            .map((row) => matrix * working_rows + row) as [number, number];
          const [a, b] = [rowOf(values, p, row_length), rowOf(values, q, row_length)];
          const [c, d] = [rowOf(turned, p, row_length), rowOf(turned, q, row_length)];
          if (q - matrix * working_rows >= rows) {
            expect([...c, ...d], "a resting row").toEqual([...a, ...b]);
            continue;
          }
          const part = (row: Float64Array) => row.subarray(0, cols);
          const size = norm(part(a)) ** 2 + norm(part(b)) ** 2;
          const cosine = Math.abs(dot(part(a), part(b))) / norm(part(a)) / norm(part(b));
          expect(Math.abs(at(after.cosines, q) - cosine)).toBeLessThanOrEqual(16 * HALF_ULP);
          // The tangent is a float32, so that 2⁻²² of the angle is left, at most 1/4 of the rows' squares.
          expect(Math.abs(dot(part(c), part(d)))).toBeLessThanOrEqual(2 ** -22 * size);
          expect(norm(part(c))).toBeGreaterThanOrEqual(norm(part(d)) * (1 - 2 ** -20));
          // The rotation is orthogonal to all digits of a two-float: the whole rows keep their squares.
          const [before, then] = [dot(a, a) + dot(b, b), dot(c, c) + dot(d, d)];
          expect(Math.abs(then - before)).toBeLessThanOrEqual(2 ** -43 * before);
        }
      }
    },
  );
});
