import { describe, expect } from "vitest";
import { extendedProduct, PRODUCT_TILE } from "../../shaders/extended-product.ts";
import { extendedVectorProduct, SUM_THREADS } from "../../shaders/extended-vector-product.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { LOW_SCALE, splitEntries } from "../../src/gpu/matrix.ts";
import type { Arena } from "../../src/gpu/memory.ts";
import { ELEMENT_WORKGROUP } from "../../src/gpu/workgroups.ts";
import { prepareExtendedProduct } from "../../src/svd/extended-product.ts";
import { transposed } from "../../src/svd/working-matrix.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { joinTwoFloat } from "../support/numbers.ts";
import { readTwoFloats } from "../support/read.ts";
import { at, exactForm, expectNear, poison, runKernel, summed, twoFloatNormals } from "../support/run-kernel.ts";

/** Dot2's bound, and one rounding of a two-float. */
const EPSILON = 2 ** -44;

test.for([
  [1, 1, 1],
  [15, 16, 2],
  [31, 165, 3],
  [9, 5000, 2], // beyond one block of chunks
] as const)("extended-vector-product: %i elements of %i terms, %i runs", async ([outer, inner, runs], { device }) => {
  const gpu = new Gpu(device);
  const multiply = await extendedVectorProduct(await exactForm(gpu)).on(gpu, { low_unit: 1 / LOW_SCALE });
  for (const [shared, transposed] of [
    [true, false],
    [false, true],
  ]) {
    const entries = twoFloatNormals((shared ? 1 : runs) * outer * inner, 1);
    const input = twoFloatNormals(runs * inner, 2);
    const steps = transposed ? { inner_step: outer, outer_step: 1 } : { inner_step: 1, outer_step: inner };
    const matrix_step = shared ? 0 : outer * inner;
    const count = runs * outer;
    const half = Math.floor(count / 2);
    const { output } = await runKernel(
      gpu,
      { reads: { ...splitEntries(entries), input: splitTwoFloat(input) }, writes: { output: poison(2 * count) } },
      (arena, buffers) =>
        multiply(
          arena,
          [
            [0, half],
            [half, count],
          ].map(([begin = 0, end = 0]) => ({
            given: { inner, outer, ...steps, matrix_step, begin, end, ...buffers },
            workgroups: [Math.ceil(((end - begin) * SUM_THREADS) / ELEMENT_WORKGROUP), 1, 1] as const,
            work: 1,
          })),
        ),
    );
    const exact = Array.from({ length: count }, (_, i) => {
      const [run, element] = [Math.floor(i / outer), i % outer];
      return summed(
        inner,
        (term) =>
          at(entries, run * matrix_step + element * steps.outer_step + term * steps.inner_step) *
          at(input, run * inner + term),
      );
    });
    // `low` keeps the 24 bits after those of `high`: no entry is rounded.
    expectNear(
      joinTwoFloat(output),
      exact.map(({ sum }) => sum),
      (i) => EPSILON * (exact[i]?.size ?? 0),
    );
  }
});

test.for([
  [1, 1, 1, 1],
  [5, 33, 17, 2],
  [37, 31, 32, 1], // a second tile of rows, in a dispatch of its own
] as const)("extended-product: %i × %i over %i, batch %i", async ([rows, cols, inner, batch], { device }) => {
  const gpu = new Gpu(device);
  const multiply = await extendedProduct(await exactForm(gpu)).on(gpu);
  const [a, b, d] = [
    twoFloatNormals(batch * rows * inner, 1),
    twoFloatNormals(batch * cols * inner, 2),
    twoFloatNormals(batch * rows * cols, 3),
  ];
  const [alpha, beta] = [0.5, -0.375];
  for (const addend of [0, 1, 2]) {
    const reads = { A: splitTwoFloat(a), B: splitTwoFloat(b), D: splitTwoFloat(d) };
    const { C } = await runKernel(gpu, { reads, writes: { C: poison(2 * batch * rows * cols) } }, (arena, buffers) =>
      multiply(
        arena,
        Array.from({ length: Math.ceil(rows / PRODUCT_TILE) }, (_, part) => ({
          given: {
            ...{ a_first: 0, a_row_step: inner, a_col_step: 1, a_matrix_step: rows * inner },
            // B is stored transposed.
            ...{ b_first: 0, b_row_step: 1, b_col_step: inner, b_matrix_step: cols * inner },
            ...{ c_first: 0, c_row_step: cols, c_col_step: 1, c_matrix_step: rows * cols },
            ...{ first_row: part * PRODUCT_TILE, rows, cols, inner, addend, alpha, beta },
            ...buffers,
          },
          workgroups: [Math.ceil(cols / PRODUCT_TILE), 1, batch] as const,
          work: 1,
        })),
      ),
    );
    const exact = Array.from({ length: batch * rows * cols }, (_, i) => {
      const [matrix, row, col] = [Math.floor(i / (rows * cols)), Math.floor(i / cols) % rows, i % cols];
      const own = [0, Number(row === col), at(d, i)][addend] as number;
      return summed(inner + 1, (k) =>
        k === inner
          ? alpha * own
          : beta * at(a, (matrix * rows + row) * inner + k) * at(b, (matrix * cols + col) * inner + k),
      );
    });
    expectNear(
      joinTwoFloat(C),
      exact.map(({ sum }) => sum),
      (i) => EPSILON * (exact[i]?.size ?? 0),
    );
  }
});

function poisonedPairs(arena: Arena, count: number): GPUBuffer {
  return arena.upload("poisoned", poison(2 * count));
}

describe("products by prepareExtendedProduct", () => {
  // Around a thread's tile of 4 and a workgroup's tile of 32, and beyond; many rows, so that a software adapter splits
  // them.
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
      twoFloatNormals(batch * rows * inner, 1),
      twoFloatNormals(batch * inner * cols, 2),
      twoFloatNormals(batch * rows * cols, 3),
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
        const out = poisonedPairs(arena, batch * rows * cols);
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
    const values = twoFloatNormals(rows, 7);
    await gpu.withArena(async (arena) => {
      const equal = Float64Array.from({ length: rows * inner }, (_, i) => values[Math.floor(i / inner)] ?? 0);
      const a = {
        buffer: arena.upload("equal", splitTwoFloat(equal)),
        first: 0,
        rowStep: inner,
        colStep: 1,
        matrixStep: 0,
      };
      const c = { buffer: poisonedPairs(arena, rows * rows), first: 0, rowStep: rows, colStep: 1, matrixStep: 0 };
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
    const w = twoFloatNormals(n * pitch, 4);
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
