import { describe, expect } from "vitest";
import { activationMatrix } from "../../shaders/activation-matrix.ts";
import { CHECK_TERMS, loopCheck, twoFloatCheck } from "../../shaders/adapter-checks.ts";
import { largestEntry } from "../../shaders/largest-entry.ts";
import { loadExtended } from "../../shaders/load-working.ts";
import { scaleColumns } from "../../shaders/scale-columns.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { joinEntries, LOW_SCALE, splitEntries } from "../../src/gpu/matrix.ts";
import { activationForm, activationFunction } from "../../src/theory/activations.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP, joinTwoFloat } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";
import {
  at,
  awkwardCounts,
  bitsOf,
  exactForm,
  expectNear,
  normals,
  poison,
  runKernel,
  twoFloatNormals,
} from "../support/run-kernel.ts";

describe.for(["relu2", "tanh"] as const)("activation-matrix of %s", (name) => {
  test.for([
    [0, 3, 1],
    [1, 1, 1],
    [15, 16, 2],
    [31, 32, 3],
    [64 * 3 - 27, 1, 2],
  ] as const)("%i × %i in %i dimensions, the second of a batch", async ([rows, cols, dimensions], { device }) => {
    const gpu = new Gpu(device);
    const twoFloat = await exactForm(gpu);
    const { form, power } = activationForm(name);
    const activation = activationFunction(name);
    const [x, v, b] = [
      twoFloatNormals(rows * dimensions, 1),
      twoFloatNormals(cols * dimensions, 2),
      twoFloatNormals(cols, 3),
    ];
    const [scale] = joinTwoFloat(splitTwoFloat([0.7]));
    const [scale_hi = 0, scale_lo = 0] = splitTwoFloat([0.7]);
    const count = rows * cols;
    const given = { rows, cols, dimensions, output_offset: count, power, scale_hi, scale_lo };
    const reads = { x: splitTwoFloat(x), v: splitTwoFloat(v), b: splitTwoFloat(b) };
    const terms = Array.from({ length: count }, (_, i) => {
      const [row, col] = [Math.floor(i / cols), i % cols];
      const products = Array.from(
        { length: dimensions },
        (_, d) => at(v, col * dimensions + d) * at(x, row * dimensions + d),
      );
      const z = at([scale as number], 0) * (products.reduce((sum, value) => sum + value, 0) - at(b, col));
      // Roundings before a cancellation in z remain in an activation with |f′| ≤ 1 or |f′| = 2|z|.
      const size = products.reduce((sum, value) => sum + Math.abs(value), Math.abs(at(b, col)));
      return { value: activation(z), size: (1 + 2 * Math.abs(z)) * size };
    });
    const exact = terms.map(({ value }) => value);
    const error = (i: number) => 2 ** -44 * (dimensions + 2) * (terms[i]?.size ?? 0);

    const single = await activationMatrix(form, { twoFloat, extended: false }).on(gpu);
    const { A } = await runKernel(gpu, { reads, writes: { A: poison(2 * count) } }, (arena, buffers) =>
      single(arena, { ...given, ...buffers }),
    );
    expect(A.subarray(0, count).every(Number.isNaN), "the first matrix is left").toBe(true);
    expectNear(A.subarray(count), exact, (i) => HALF_ULP * Math.abs(at(exact, i)) + error(i));

    const extended = await activationMatrix(form, { twoFloat, extended: true }).on(gpu);
    const writes = { A: poison(2 * count), A_low: poison(2 * count) };
    const planes = await runKernel(gpu, { reads, writes }, (arena, buffers) =>
      extended(arena, { ...given, ...buffers }),
    );
    expectNear(joinEntries(planes.A.subarray(count), planes.A_low.subarray(count)), exact, error);
  });
});

test.for([
  [1, 1],
  [65, 3],
  [9, 130],
] as const)("scale-columns: %i × %i, by powers of two, down to subnormal numbers", async ([rows, cols], { device }) => {
  const gpu = new Gpu(device);
  const scale = await scaleColumns.on(gpu);
  const exponents = Int32Array.from({ length: cols }, (_, j) => [0, 3, -100, 149, 200][j % 5] as number);
  const entries = normals(rows * cols, 2).map((value, i) => value * 2 ** -Math.max(0, at(exponents, i % cols)));
  entries[0] = 2 ** -149;
  const { columns } = await runKernel(
    gpu,
    { reads: { source: bitsOf(entries), exponents }, writes: { columns: poison(rows * cols) } },
    (arena, buffers) => scale(arena, { entries: rows * cols, cols, ...buffers }),
  );
  const expected = entries.map((value, i) => value * 2 ** at(exponents, i % cols));
  // 2⁻¹⁴⁹ itself is a subnormal number, which a GPU may write as 0 where its exponent is 0.
  expect([...columns].slice(1)).toEqual([...expected].slice(1));
  expect([0, 2 ** -149]).toContain(columns[0]);
});

describe("largest-entry", () => {
  test.for(awkwardCounts.slice(1))(
    "%i entries, in two dispatches, one after another and by turns: the bits of the largest |entry|",
    async (entries, { device }) => {
      const gpu = new Gpu(device);
      const find = await largestEntry.on(gpu);
      const half = Math.floor(entries / 2);
      for (const [place, value] of [
        [0, -9],
        [half, 9],
        [entries - 1, Number.NEGATIVE_INFINITY],
        [entries - 1, Number.NaN],
      ] as const) {
        for (const [entry_step, matrix_step] of [
          [1, entries],
          [3, 1],
        ] as const) {
          const source = normals(3 * entries, 1).map((entry) => Math.max(-3, Math.min(3, entry)));
          const own = (matrix: number, entry: number) => matrix * matrix_step + entry * entry_step;
          source[own(1, (place + entries) % entries)] = value;
          const { largest } = await runKernel(
            gpu,
            { reads: { source: bitsOf(source) }, writes: { largest: new Uint32Array(3) } },
            (arena, buffers) =>
              find(
                arena,
                [
                  [0, half],
                  [half, entries],
                ].map(([begin = 0, end = 0]) => ({
                  given: { batch: 3, entries, entry_step, matrix_step, begin, end, ...buffers },
                  workgroups: [2, 2, 1] as const, // one y takes two of the matrices
                  work: 1,
                })),
              ),
          );
          const most = [0, 2].map((matrix) =>
            Array.from({ length: entries }, (_, i) => Math.abs(at(source, own(matrix, i)))).reduce(
              (a, b) => Math.max(a, b),
              0,
            ),
          );
          const expected = Float32Array.of(at(most, 0), Math.abs(value), at(most, 1));
          expect([...largest]).toEqual([...bitsOf(expected)]);
        }
      }
    },
  );
});

test.for([
  [1, 1],
  [15, 16],
  [16, 15],
  [5, 33],
] as const)(
  "load-extended: %i rows of %i, scaled by each matrix's power of two, then the identity",
  async ([rows, cols], { device }) => {
    const gpu = new Gpu(device);
    const load = await loadExtended.on(gpu, { low_unit: 1 / LOW_SCALE });
    const [batch, working_rows] = [2, rows + 3];
    const exponents = Int32Array.of(-3, 100);
    const entries = twoFloatNormals(batch * rows * cols, 1);
    const { high, low } = splitEntries(entries);
    for (const [identity_first, row_length] of [
      [cols + 2, cols + 2 + rows],
      [cols + 1, cols + 1], // none
    ] as const) {
      for (const transposed of [false, true]) {
        const steps = transposed ? { row_step: 1, col_step: rows } : { row_step: cols, col_step: 1 };
        const { working } = await runKernel(
          gpu,
          {
            reads: { high: bitsOf(high), low: bitsOf(low), exponents },
            writes: { working: poison(2 * batch * working_rows * row_length) },
          },
          (arena, buffers) =>
            load(arena, { batch, rows, cols, ...steps, working_rows, row_length, identity_first, ...buffers }),
        );
        const expected = Float64Array.from({ length: batch * working_rows * row_length }, (_, i) => {
          const [matrix, row] = [
            Math.floor(i / (working_rows * row_length)),
            Math.floor(i / row_length) % working_rows,
          ];
          const col = i % row_length;
          if (row >= rows) return 0;
          if (col >= identity_first) return Number(col - identity_first === row);
          if (col >= cols) return 0;
          const entry = matrix * rows * cols + row * steps.row_step + col * steps.col_step;
          return at(entries, entry) * 2 ** at(exponents, matrix);
        });
        // Exact: a factor that is a power of two rounds nothing.
        expect(joinTwoFloat(working)).toEqual(expected);
      }
    }
  },
);

test.for([0, 1, 15, 65_535, 70_000])("loop-check: number %i of the sequence", async (turns, { device }) => {
  const gpu = new Gpu(device);
  const turn = await loopCheck.on(gpu);
  const { last } = await runKernel(gpu, { reads: {}, writes: { last: Uint32Array.of(7) } }, (arena, buffers) =>
    turn(arena, { turns, ...buffers }),
  );
  let state = 0;
  for (let i = 0; i < turns; i++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  expect([...last]).toEqual([state]);
});

test.for([0, 1, 15, 16, 37])(
  "two-float-check: sums and products of %i rows are exact, dot products to 2⁻⁴⁴",
  async (rows, { device }) => {
    const gpu = new Gpu(device);
    const check = await twoFloatCheck(await exactForm(gpu)).on(gpu);
    const count = rows * CHECK_TERMS;
    const { uniform } = createRandom(3);
    // Numbers of one size with 24 bits, so that float64 holds their sums and products.
    const odd = () => (uniform() < 0.5 ? -1 : 1) * (2 ** 23 + 2 * Math.floor(2 ** 22 * uniform()) + 1) * 2 ** -20;
    const [a, b] = [Float32Array.from({ length: count }, odd), Float32Array.from({ length: count }, odd)];
    const writes = { sums: poison(2 * count), products: poison(2 * count), dots: poison(2 * rows) };
    const { sums, products, dots } = await runKernel(gpu, { reads: { a, b }, writes }, (arena, buffers) =>
      check(arena, { rows, ...buffers }),
    );
    const product = (i: number) => at(a, i) * at(b, i);
    expect(joinTwoFloat(sums)).toEqual(Float64Array.from(a, (value, i) => value + at(b, i)));
    expect(joinTwoFloat(products)).toEqual(Float64Array.from(a, (_, i) => product(i)));
    const dot = (row: number, of: (value: number) => number) =>
      Array.from({ length: CHECK_TERMS }, (_, k) => of(product(row * CHECK_TERMS + k))).reduce(
        (sum, value) => sum + value,
        0,
      );
    const exact = Array.from({ length: rows }, (_, row) => dot(row, (value) => value));
    expectNear(joinTwoFloat(dots), exact, (row) => 2 ** -44 * dot(row, Math.abs));
  },
);
