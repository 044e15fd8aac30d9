import { describe, expect } from "vitest";
import { applyReflectors } from "../../shaders/apply-reflectors.ts";
import { spreadBlocks } from "../../shaders/load-working.ts";
import { choosePivots, factorPanel, SKETCH, sketchRows } from "../../shaders/panel-qr.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { at, expectNear, normals, poison, runKernel } from "../support/run-kernel.ts";

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * at(b, i), 0);
const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** Row `row` of all rows of a batch, each of `length`. */
const rowOf = <T extends Float32Array | Float64Array>(values: T, row: number, length: number) =>
  values.subarray(row * length, (row + 1) * length) as T;

/**
 * The error of a reflection, relative to the length of the reflected row. A sum by `runningSum` errs by about two roundings.
 * The sums over a panel have terms that are orthonormal up to rounding. Together: less than 16 roundings a reflector.
 */
const REFLECTION = 16 * HALF_ULP;

/** y − (2(y·v)/(v·v))·v; y where v = 0. */
function reflected(y: Float64Array, v: ArrayLike<number>): Float64Array {
  const square = dot(v, v);
  const factor = square === 0 ? 0 : (2 * dot(y, v)) / square;
  return y.map((value, col) => value - factor * at(v, col));
}

describe("sketch-rows", () => {
  test("an entry of a sketch is a sum with signs of one column from each 32, and no other entry has these", async ({
    device,
  }) => {
    const gpu = new Gpu(device);
    const sketch = await sketchRows.on(gpu);
    const [panel, row_length] = [5, 172];
    const count = row_length - panel;
    const rows = panel + count;
    // Number i of the rows that remain is unit vector panel + i. A second matrix has normal numbers.
    const working_rows = rows + 1;
    const working = normals(2 * working_rows * row_length, 3);
    for (let i = 0; i < count; i++) {
      rowOf(working, panel + i, row_length).fill(0)[panel + i] = 1;
    }
    const pivots = Uint32Array.from({ length: 2 * working_rows }, (_, i) => i % working_rows);
    const { sketches } = await runKernel(
      gpu,
      { reads: { working, pivots }, writes: { sketches: poison(2 * working_rows * SKETCH) } },
      (arena, buffers) => sketch(arena, { batch: 2, panel, rows, working_rows, row_length, ...buffers }),
    );
    const signs = Array.from({ length: count }, (_, i) => Array.from(rowOf(sketches, panel + i, SKETCH)));
    const places = signs.map((own) => {
      expect(own.filter((value) => value !== 0).map(Math.abs)).toEqual([1]);
      return own.findIndex((value) => value !== 0);
    });
    for (let begin = 0; begin < count; begin += SKETCH) {
      const own = places.slice(begin, begin + SKETCH);
      expect(new Set(own).size).toBe(own.length);
    }
    const negative = signs.flat().filter((value) => value < 0).length;
    expect(negative / count, "share of negative signs").toBeGreaterThan(0.35);
    expect(negative / count).toBeLessThan(0.65);
    for (let row = panel; row < rows; row++) {
      const own = rowOf(working, working_rows + row, row_length).subarray(panel);
      const exact = Float64Array.from({ length: SKETCH }, (_, entry) =>
        own.reduce((sum, value, i) => sum + value * at(signs[i] as number[], entry), 0),
      );
      const bound = Math.ceil(count / SKETCH) * HALF_ULP * own.reduce((sum, value) => sum + Math.abs(value), 0);
      expectNear(rowOf(sketches, working_rows + row, SKETCH), exact, () => bound, `row ${row}, entry`);
    }
    for (let row = 0; row < panel; row++) expect(rowOf(sketches, row, SKETCH).every(Number.isNaN)).toBe(true);
  });
});

describe("choose-pivots", () => {
  test.for([
    [1, 0],
    [2, 1],
    [31, 0],
    [70, 0],
    [70, 5],
    [165, 40],
  ])("%i rows, panel from %i, batch 2", async ([rows = 0, panel = 0], { device }) => {
    const gpu = new Gpu(device);
    const { panelThreads: threads, panel: size } = shapesOf({ device }).reflectors;
    const choose = await choosePivots({ panel: size }).on(gpu, { threads });
    const working_rows = rows + 2;
    const sketches = normals(2 * working_rows * SKETCH, rows);
    // Rows whose lengths differ so much that roundings decide nothing, except two rows, which are equal.
    for (let i = 0; i < 2 * working_rows; i++) {
      rowOf(sketches, i, SKETCH).forEach((value, k, own) => {
        own[k] = value * 1.7 ** -((i * 7) % 11);
      });
    }
    if (rows > panel + 2) rowOf(sketches, rows - 1, SKETCH).set(rowOf(sketches, panel + 1, SKETCH));
    const pivots = Uint32Array.from({ length: 2 * working_rows }, (_, i) => i % working_rows);
    const after = await runKernel(gpu, { reads: {}, writes: { pivots, sketches } }, (arena, buffers) =>
      choose(
        arena,
        [0, 1].map((first_matrix) => ({
          given: { panel, rows, working_rows, first_matrix, ...buffers },
          workgroups: [1, 1, 1] as const,
          work: 1,
        })),
      ),
    );
    for (let matrix = 0; matrix < 2; matrix++) {
      const first = matrix * working_rows;
      const expected = Array.from({ length: working_rows }, (_, i) => i);
      const left: Float64Array[] = expected.map((row) => Float64Array.from(rowOf(sketches, first + row, SKETCH)));
      for (let next = panel; next < Math.min(panel + size, rows); next++) {
        const squares = expected.map((row) => dot(left[row] as Float64Array, left[row] as Float64Array));
        let best = next;
        for (let place = next; place < rows; place++) {
          if (at(squares, place) > at(squares, best)) best = place;
        }
        const pivot = left[at(expected, best)] as Float64Array;
        [expected[next], expected[best]] = [at(expected, best), at(expected, next)];
        for (const row of expected.slice(next + 1, rows)) {
          const factor = dot(left[row] as Float64Array, pivot) / dot(pivot, pivot);
          left[row] = (left[row] as Float64Array).map((value, k) => value - factor * at(pivot, k));
        }
      }
      expect(Array.from(after.pivots.subarray(first, first + working_rows))).toEqual(expected);
    }
  });
});

/** A float64 QR of the rows `pivots` of a panel that starts at column `panel`: their rows of L, and the v's. */
function panelOf(rows: readonly Float64Array[], panel: number) {
  const left: Float64Array[] = rows.map((row) => Float64Array.from(row));
  const vectors = left.map((_, j) => {
    const [x, k] = [left[j] as Float64Array, panel + j];
    const tail = norm(x.subarray(k));
    const beta = at(x, k) >= 0 ? -tail : tail;
    const v = x.map((value, col) => (col < k || tail === 0 ? 0 : col === k ? value - beta : value));
    for (let i = j; i < left.length; i++) left[i] = reflected(left[i] as Float64Array, v);
    return v;
  });
  return { left, vectors };
}

describe("factor-panel", () => {
  // n, f32s of a block, blocks of a row, first reflector: one row, a part of a panel, whole ones, rows in two blocks.
  test.for([
    [1, 4, 1, 0],
    [3, 8, 1, 0],
    [17, 20, 1, 0],
    [33, 164, 1, 0],
    [40, 300, 1, 32],
    [21, 60, 2, 0],
  ])(
    "%i rows of %i, %i blocks, panel from %i, batch 2",
    async ([n = 0, length = 0, blocks = 1, panel = 0], { device }) => {
      const gpu = new Gpu(device);
      const { panelThreads: threads, parts, panel: size } = shapesOf({ device }).reflectors;
      const make = await factorPanel({ panel: size }).on(gpu, { threads, lanes: threads / parts });
      const working_rows = n + 1;
      const row_length = blocks * length + 4 * (blocks - 1); // the last block is longer
      const working = normals(2 * working_rows * row_length, n);
      if (n === 17) rowOf(working, 3, row_length).fill(0); // makes no reflector
      // Place k has row (5k mod n).
      const pivots = Uint32Array.from({ length: 2 * blocks * working_rows }, (_, i) => (5 * (i % working_rows)) % n);
      const count = Math.min(size, n - panel);
      const reflector_rows = 2 * size;
      const before = {
        working,
        reflectors: poison(2 * reflector_rows * row_length),
        triangles: poison(2 * blocks * reflector_rows * size),
      };
      const after = await runKernel(gpu, { reads: { pivots }, writes: before }, (arena, buffers) =>
        make(
          arena,
          Array.from({ length: 2 * blocks }, (_, i) => ({
            given: {
              panel,
              rows: n,
              working_rows,
              row_stride: row_length / 4,
              blocks,
              block_cols: length / 4,
              reflector_rows,
              reflector_first: size,
              first_block: i % blocks,
              first_matrix: Math.floor(i / blocks),
              ...buffers,
            },
            workgroups: [1, 1, 1] as const,
            work: 1,
          })),
        ),
      );
      for (let matrix = 0; matrix < 2 * blocks; matrix++) {
        const [own, block] = [Math.floor(matrix / blocks), matrix % blocks];
        const [begin, end] = [block * length, block === blocks - 1 ? row_length : (block + 1) * length];
        const cut = (values: Float32Array, row: number) => rowOf(values, row, row_length).subarray(begin, end);
        const rowAt = (j: number) => own * working_rows + at(pivots, matrix * working_rows + panel + j);
        const given = Array.from({ length: count }, (_, j) =>
          Float64Array.from(cut(working, rowAt(j))).fill(0, 0, panel),
        );
        const { left } = panelOf(given, panel);
        const vectors = given.map((row, j) => {
          const v = cut(after.reflectors, own * reflector_rows + size + j);
          return Float64Array.from(v)
            .fill(0, 0, panel - (panel % 4))
            .map((value) => (norm(row) === 0 ? 0 : value));
        });
        for (let j = 0; j < count; j++) {
          const bound = count * REFLECTION * norm(given[j] as Float64Array);
          const entries = cut(after.working, rowAt(j)).subarray(panel, panel + j + 1);
          expectNear(
            entries,
            (left[j] as Float64Array).subarray(panel, panel + j + 1),
            () => bound,
            `row ${j} of L, entry`,
          );
          expect(
            vectors[j]?.subarray(0, panel + j).every((value) => value === 0),
            `zeros of v ${j}`,
          ).toBe(true);
        }
        // (I − VᵀTV) applied to a row is all reflections.
        const T = after.triangles.subarray(
          (matrix * reflector_rows + size) * size,
          (matrix * reflector_rows + 2 * size) * size,
        );
        const y = Float64Array.from(normals(end - begin, 7)).fill(0, 0, panel);
        const products = vectors.map((v) => dot(y, v));
        const one = y.map((value, col) =>
          vectors.reduce((sum, v, j) => {
            const factor = products.reduce((f, product, i) => f + product * at(T, i * size + j), 0);
            return sum - factor * at(v, col);
          }, value),
        );
        const steps = vectors.reduce(reflected, y);
        expectNear(one, steps, () => count * REFLECTION * norm(y), `matrix ${matrix}, entry`);
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) if (i > j || j >= count) expect(at(T, i * size + j)).toBe(0);
        }
      }
    },
  );
});

describe("apply-reflectors", () => {
  // n, f32s of a block, blocks of a row, first row, panel.
  test.for([
    [1, 4, 1, 0, 0],
    [5, 8, 1, 2, 0],
    [21, 64, 1, 0, 32],
    [9, 164, 1, 3, 32],
    [7, 400, 3, 0, 0],
  ])(
    "%i rows of %i, %i blocks, from row %i, panel from %i",
    async ([n = 0, length = 0, blocks = 1, first = 0, panel = 0], { device }) => {
      const gpu = new Gpu(device);
      const shape = shapesOf({ device }).reflectors;
      const { parts, panel: size, threads } = shape;
      const together = shape.sharing === "quad" ? shape.rows * threads : shape.rows;
      const apply = await applyReflectors(shape).on(gpu, { threads, lanes: threads / parts });
      const [working_rows, row_length] = [n + 1, blocks * length + 8 * (blocks - 1)];
      const working = normals(2 * working_rows * row_length, 4);
      const reflectors = normals(2 * 2 * size * row_length, 5);
      const triangles = normals(2 * blocks * 2 * size * size, 6);
      const places = Uint32Array.from({ length: 2 * blocks * working_rows }, (_, i) => n - 1 - (i % working_rows));
      for (const [row_step, col_step] of [
        [size, 1],
        [1, size],
      ] as const) {
        const after = await runKernel(
          gpu,
          { reads: { reflectors, triangles, places }, writes: { working } },
          (arena, buffers) =>
            apply(
              arena,
              Array.from({ length: Math.ceil((n - first) / together) }, (_, first_group) => ({
                given: {
                  panel,
                  rows: n,
                  working_rows,
                  row_stride: row_length / 4,
                  blocks,
                  block_cols: length / 4,
                  reflector_rows: 2 * size,
                  reflector_first: size,
                  first,
                  row_step,
                  col_step,
                  first_group,
                  ...buffers,
                },
                workgroups: [1, blocks, 2] as const,
                work: 1,
              })),
            ),
        );
        for (let matrix = 0; matrix < 2 * blocks; matrix++) {
          const [own, block] = [Math.floor(matrix / blocks), matrix % blocks];
          const [begin, end] = [block * length + panel, block === blocks - 1 ? row_length : (block + 1) * length];
          const vectors = Array.from({ length: size }, (_, j) =>
            rowOf(reflectors, own * 2 * size + size + j, row_length).subarray(begin, end),
          );
          const T = triangles.subarray((matrix * 2 + 1) * size * size);
          for (let place = 0; place < working_rows; place++) {
            const row = own * working_rows + (place < n ? n - 1 - place : n);
            const [y, now] = [working, after.working].map((values) =>
              rowOf(values, row, row_length).subarray(begin, end),
            ) as [Float32Array, Float32Array];
            if (place < first || place >= n) {
              expect(now, `row ${row}`).toEqual(y);
              continue;
            }
            const products = vectors.map((v) => dot(y, v));
            const factors = vectors.map((_, j) =>
              products.reduce((sum, product, i) => sum + product * at(T, i * row_step + j * col_step), 0),
            );
            const exact = Float64Array.from(y, (value, col) =>
              vectors.reduce((sum, v, j) => sum - at(factors, j) * at(v, col), value),
            );
            // Each factor errs by a few roundings of the sizes of its products, and each entry by those of its terms.
            const sizes = vectors.map((v) => norm(y) * norm(v));
            const bounds = vectors.map((_, j) =>
              sizes.reduce((sum, value, i) => sum + value * Math.abs(at(T, i * row_step + j * col_step)), 0),
            );
            const bound = (col: number) =>
              2 *
              size *
              HALF_ULP *
              vectors.reduce((sum, v, j) => sum + at(bounds, j) * Math.abs(at(v, col)), Math.abs(at(y, col)));
            expectNear(now, exact, bound, `matrix ${matrix}, place ${place}, entry`);
          }
        }
      }
    },
  );
});

describe("spread-blocks", () => {
  test.for([
    [1, 1, 4],
    [5, 3, 31],
    [33, 2, 64],
  ])("%i rows, %i blocks of %i vec4s, batch 2", async ([rows = 0, blocks = 0, block_cols = 0], { device }) => {
    const gpu = new Gpu(device);
    const spread = await spreadBlocks.on(gpu);
    const [working_rows, joined_rows, joined_cols] = [rows + 2, rows + 1, Math.ceil(rows / 4)];
    const row_stride = blocks * block_cols + 3;
    const joined = normals(2 * joined_rows * blocks * joined_cols * 4, 8);
    const working = normals(2 * working_rows * row_stride * 4, 9);
    const after = await runKernel(gpu, { reads: { joined }, writes: { working } }, (arena, buffers) =>
      spread(arena, {
        batch: 2,
        rows,
        working_rows,
        row_stride,
        blocks,
        block_cols,
        joined_rows,
        joined_cols,
        ...buffers,
      }),
    );
    for (let i = 0; i < 2 * working_rows; i++) {
      const [matrix, row] = [Math.floor(i / working_rows), i % working_rows];
      const expected = rowOf(working, i, 4 * row_stride).slice();
      const source = rowOf(joined, matrix * joined_rows + row, 4 * blocks * joined_cols);
      if (row < rows) {
        expected.fill(0);
        for (let block = 0; block < blocks; block++) {
          expected.set(rowOf(source, block, 4 * joined_cols), 4 * block * block_cols);
        }
      }
      expect(rowOf(after.working, i, 4 * row_stride), `row ${i}`).toEqual(expected);
    }
  });
});
