import { extendedProduct, PRODUCT_TILE } from "../../shaders/extended-product.ts";
import { extendedVectorProduct, SUM_THREADS } from "../../shaders/extended-vector-product.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { LOW_SCALE, splitEntries } from "../../src/gpu/matrix.ts";
import { ELEMENT_WORKGROUP } from "../../src/gpu/workgroups.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { at, exactForm, expectNear, poison, runKernel, summed, twoFloatNormals } from "../support/run-kernel.ts";
import { joinTwoFloat } from "../support/two-float.ts";

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
    // `low` keeps the 24 bits behind `high`: no entry is rounded.
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
            // B lies transposed.
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
