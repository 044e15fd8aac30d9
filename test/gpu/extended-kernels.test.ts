import { describe, expect } from "vitest";
import { extractExtended } from "../../shaders/extract-vectors.ts";
import { extendedNorms } from "../../shaders/row-norms.ts";
import { selectTwoFloat } from "../../src/adapter/two-float-check.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { joinEntries, LOW_SCALE, Matrix, splitEntries } from "../../src/gpu/matrix.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import { prepareExtendedProduct } from "../../src/svd/extended-product.ts";
import { prepareExtendedSweep } from "../../src/svd/extended-sweep.ts";
import { prepareLoadExtended } from "../../src/svd/extended-turns.ts";
import { extendedNormParams, transposed, vectorParams, workingLayout } from "../../src/svd/working-matrix.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { createRandom } from "../support/random.ts";
import { readFloats, readTwoFloats, readWords } from "../support/read.ts";
import { exactForm } from "../support/run-kernel.ts";
import { joinTwoFloat } from "../support/two-float.ts";

/** Dot2's bound, and one rounding of a two-float. */
const EPSILON = 2 ** -44;

/** Normal numbers that a two-float holds exactly. */
function numbers(count: number, seed: number): Float64Array<ArrayBuffer> {
  return joinTwoFloat(splitTwoFloat(createRandom(seed).normals(count)));
}

function poisoned(arena: Arena, count: number): GPUBuffer {
  return arena.upload("poisoned", new Float32Array(2 * count).fill(Number.NaN));
}

test("an exact form is found, and once a device", async ({ device }) => {
  const gpu = new Gpu(device);
  expect(["fma", "split"]).toContain(await selectTwoFloat(gpu));
  expect(selectTwoFloat(gpu)).toBe(selectTwoFloat(new Gpu(device)));
});

describe("extended-product", () => {
  // Around one thread's tile of 4, one workgroup's of 32, and beyond; many rows, so that a software adapter takes parts.
  test.for([
    [1, 1, 1, 1],
    [3, 5, 2, 2],
    [4, 4, 40, 1],
    [33, 31, 17, 2],
    [70, 65, 129, 1],
    [600, 64, 64, 1],
  ] as const)("%i × %i over %i, batch %i", async ([rows, cols, inner, batch], { device }) => {
    const gpu = new Gpu(device);
    const product = await prepareExtendedProduct(gpu, await exactForm(gpu));
    const [a, b, d] = [
      numbers(batch * rows * inner, 1),
      numbers(batch * inner * cols, 2),
      numbers(batch * rows * cols, 3),
    ];
    const c = (k: number, i: number, j: number, entry: (l: number) => number) => {
      let sum = 0;
      for (let l = 0; l < inner; l++) sum += entry((k * rows + i) * inner + l) * (b[(k * inner + l) * cols + j] ?? 0);
      return sum;
    };
    await gpu.withArena(async (arena) => {
      const upload = (values: Float64Array) => arena.upload("factor", splitTwoFloat(values));
      const [left, right, addend] = [upload(a), upload(b), upload(d)];
      const turned = upload(
        Float64Array.from(b, (_, i) => {
          const [k, rest] = [Math.floor(i / (inner * cols)), i % (inner * cols)];
          return b[k * inner * cols + (rest % inner) * cols + Math.floor(rest / inner)] ?? 0;
        }),
      );
      const view = (buffer: GPUBuffer, height: number, width: number) => {
        return { buffer, first: 0, rowStep: width, colStep: 1, matrixStep: height * width };
      };
      const size = { rows, cols, inner, batch };
      for (const [which, right2] of [
        ["A·B", view(right, inner, cols)],
        ["A·(Bᵀ)ᵀ", transposed(view(turned, cols, inner))],
      ] as const) {
        const out = poisoned(arena, batch * rows * cols);
        const target = view(out, rows, cols);
        await execute(
          gpu,
          product(arena, {
            ...size,
            a: view(left, rows, inner),
            b: right2,
            c: target,
            d: addend,
            alpha: 0.5,
            beta: 0.375,
          }),
        );
        const computed = await readTwoFloats(gpu, out, batch * rows * cols);
        computed.forEach((value, index) => {
          const [k, rest] = [Math.floor(index / (rows * cols)), index % (rows * cols)];
          const [i, j] = [Math.floor(rest / cols), rest % cols];
          const exact = 0.5 * (d[index] ?? 0) + 0.375 * c(k, i, j, (at) => a[at] ?? 0);
          const terms = Math.abs(d[index] ?? 0) + inner * 8; // |a·b| of normal numbers, at most some 8 a term
          if (!(Math.abs(value - exact) <= EPSILON * terms))
            throw new Error(`${which} [${k}, ${i}, ${j}]: ${value}, not ${exact}`);
        });
      }
    });
  });

  test("2000 equal terms, whose roundings all go one way, to 2⁻⁴³ of their sum", async ({ device }) => {
    const gpu = new Gpu(device);
    const product = await prepareExtendedProduct(gpu, await exactForm(gpu));
    const [rows, inner] = [24, 2000];
    const values = numbers(rows, 7);
    await gpu.withArena(async (arena) => {
      const equal = Float64Array.from({ length: rows * inner }, (_, i) => values[Math.floor(i / inner)] ?? 0);
      const a = {
        buffer: arena.upload("equal", splitTwoFloat(equal)),
        first: 0,
        rowStep: inner,
        colStep: 1,
        matrixStep: 0,
      };
      const c = { buffer: poisoned(arena, rows * rows), first: 0, rowStep: rows, colStep: 1, matrixStep: 0 };
      await execute(gpu, product(arena, { a, b: transposed(a), c, rows, cols: rows, inner, batch: 1 }));
      const sums = await readTwoFloats(gpu, c.buffer, rows * rows);
      sums.forEach((sum, i) => {
        const exact = inner * (values[Math.floor(i / rows)] ?? 0) * (values[i % rows] ?? 0);
        expect(Math.abs(sum - exact)).toBeLessThanOrEqual(2 * EPSILON * Math.abs(exact));
      });
    });
  });

  test("I − W·Wᵀ in a part of larger buffers, the rest untouched", async ({ device }) => {
    const gpu = new Gpu(device);
    const product = await prepareExtendedProduct(gpu, await exactForm(gpu));
    const [n, pitch] = [5, 8];
    const w = numbers(n * pitch, 4);
    await gpu.withArena(async (arena) => {
      const a = {
        buffer: arena.upload("W", splitTwoFloat(w)),
        first: pitch,
        rowStep: pitch,
        colStep: 1,
        matrixStep: 0,
      };
      const out = arena.upload("out", new Float32Array(2 * n * pitch).fill(7));
      const c = { buffer: out, first: pitch, rowStep: pitch, colStep: 1, matrixStep: 0 };
      const [rows, inner] = [n - 1, 6];
      await execute(
        gpu,
        product(arena, {
          a,
          b: transposed(a),
          c,
          d: "identity",
          alpha: 1,
          beta: -1,
          rows,
          cols: rows,
          inner,
          batch: 1,
        }),
      );
      const computed = await readTwoFloats(gpu, out, n * pitch);
      computed.forEach((value, at) => {
        const [i, j] = [Math.floor(at / pitch) - 1, at % pitch];
        let exact = 14; // 7 + 7: not written
        if (i >= 0 && j < rows) {
          exact = Number(i === j);
          for (let k = 0; k < inner; k++) exact -= (w[(i + 1) * pitch + k] ?? 0) * (w[(j + 1) * pitch + k] ?? 0);
        }
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(EPSILON * 8 * inner);
      });
    });
  });
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
      const entries = numbers(batch * rows * cols, 5);
      const [load, extract, norms] = [
        await prepareLoadExtended(gpu),
        await extractExtended(form).on(gpu, { low_scale: LOW_SCALE }),
        await extendedNorms(form).on(gpu),
      ];
      await gpu.withArena(async (arena) => {
        const { high, low } = splitEntries(entries);
        const source = Matrix.create(gpu, {
          rows,
          cols,
          batch,
          buffer: arena.upload("A", high),
          low: arena.upload("A, low", low),
        });
        const working = poisoned(arena, batch * layout.workingRows * length);
        const squares = poisoned(arena, batch * layout.workingRows);
        const [outHigh, outLow] = [poisoned(arena, batch * rows * cols), poisoned(arena, batch * rows * cols)];
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
      const entries = numbers(batch * rows * cols, 6);
      const tolerance = 8 * EPSILON;
      const [load, sweepOf] = [await prepareLoadExtended(gpu), await prepareExtendedSweep(gpu, form)];
      await gpu.withArena(async (arena) => {
        const { high, low } = splitEntries(entries);
        const source = Matrix.create(gpu, {
          rows,
          cols,
          batch,
          buffer: arena.upload("A", high),
          low: arena.upload("A, low", low),
        });
        const working = poisoned(arena, batch * layout.workingRows * length);
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
      });
    },
  );
});
