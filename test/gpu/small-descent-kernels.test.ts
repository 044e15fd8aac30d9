import { expect } from "vitest";
import { smallDescent } from "../../shaders/small-descent.ts";
import { stochasticDescent } from "../../shaders/stochastic-descent.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { at, bitsOf, expectNear, normals, runKernel } from "../support/run-kernel.ts";

const shapes = [
  [1, 1, 1],
  [15, 16, 3],
  [31, 32, 2],
  [64 - 27, 65, 2],
] as const;
const steps = 3;

/** Matrices, one for all runs or one a run, of rows of length about 1. */
function problem(rows: number, cols: number, runs: number, shared: boolean) {
  const matrix_step = shared ? 0 : rows * cols;
  const a = normals((shared ? 1 : runs) * rows * cols, 1).map((entry) => entry / Math.sqrt(cols));
  const entry = (run: number, row: number, col: number) => at(a, run * matrix_step + row * cols + col);
  return { matrix_step, a, targets: normals(runs * rows, 2), weights: normals(runs * cols, 3), entry };
}

test.for(shapes)("small-descent: %i × %i, %i runs", async ([rows, cols, runs], { device }) => {
  const gpu = new Gpu(device);
  const { rowThreads: threads } = shapesOf({ device });
  const encode = await smallDescent.on(gpu, { threads, most_rows: rows, most_cols: cols });
  const [methods, table, firstStep] = [runs, 4, 6];
  const coefficients = normals(4 * table * methods, 4).map((value) => value / 4);
  for (const shared of [true, false]) {
    const { matrix_step, a, targets, weights, entry } = problem(rows, cols, runs, shared);
    const velocity = normals(runs * cols, 5);
    const point = normals(runs * cols, 6);
    // Run 0 is beyond its limit from its first step on; the others are not.
    const progress = Uint32Array.from(
      Array.from({ length: runs }, (_, run) => [firstStep, run === 0 ? 0 : at(bitsOf([1e30]), 0), 0xffffffff]).flat(),
    );
    const after = await runKernel(
      gpu,
      { reads: { a, targets, coefficients }, writes: { weights, velocity, point, progress } },
      (arena, buffers) =>
        encode(arena, [
          {
            given: { rows, cols, matrix_step, methods, table, steps, ...buffers },
            workgroups: [runs, 1, 1],
            work: 1,
          },
        ]),
    );
    // The same in float64, and with all numbers and signs positive, which bounds the effect of a rounding.
    const simulate = (of: (value: number) => number, sign: number) => {
      const [w, d, p] = [weights, velocity, point].map((values) => Float64Array.from(values, of)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      for (let taken = 0; taken < steps; taken++) {
        for (let run = 0; run < runs; run++) {
          const own = 4 * (((firstStep + taken) % table) * methods + run);
          const [momentum, rate, extrapolation] = [0, 1, 2].map((i) => of(at(coefficients, own + i))) as [
            number,
            number,
            number,
          ];
          const r = Array.from({ length: rows }, (_, row) => {
            let sum = sign * of(at(targets, run * rows + row));
            for (let col = 0; col < cols; col++) sum += of(entry(run, row, col)) * at(p, run * cols + col);
            return sum;
          });
          for (let col = 0; col < cols; col++) {
            const i = run * cols + col;
            const gradient = r.reduce((sum, value, row) => sum + of(entry(run, row, col)) * value, 0);
            d[i] = momentum * at(d, i) + sign * rate * gradient;
            w[i] = at(w, i) + at(d, i);
            p[i] = at(w, i) + extrapolation * at(d, i);
          }
        }
      }
      return { weights: w, velocity: d, point: p };
    };
    const [exact, size] = [simulate((value) => value, -1), simulate(Math.abs, 1)];
    for (const name of ["weights", "velocity", "point"] as const) {
      expectNear(after[name], exact[name], (i) => steps * (rows + cols + 6) * HALF_ULP * at(size[name], i), name);
    }
    const expected = Array.from({ length: runs }, (_, run) => [
      firstStep + steps,
      at(progress, 3 * run + 1),
      run === 0 ? firstStep : 0xffffffff,
    ]);
    expect([...after.progress]).toEqual(expected.flat());
  }
});

/** PCG's output permutation, as in the kernel. */
function hash(input: number): number {
  const state = (Math.imul(input, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

test.for(shapes)("stochastic-descent: %i × %i, %i runs", async ([rows, cols, runs], { device }) => {
  const gpu = new Gpu(device);
  const { rowThreads: threads } = shapesOf({ device });
  const encode = await stochasticDescent.on(gpu, { threads });
  const [seed, rate, firstStep] = [12345, 0.3, 4_000_000_000];
  for (const shared of [true, false]) {
    const { matrix_step, a, targets, weights, entry } = problem(rows, cols, runs, shared);
    const done = new Uint32Array(runs).fill(firstStep);
    const after = await runKernel(gpu, { reads: { a, targets }, writes: { weights, done } }, (arena, buffers) =>
      encode(arena, [
        {
          given: { rows, cols, matrix_step, steps, seed, rate, ...buffers },
          workgroups: [runs, 1, 1],
          work: 1,
        },
      ]),
    );
    const simulate = (of: (value: number) => number, sign: number) => {
      const w = Float64Array.from(weights, of);
      for (let run = 0; run < runs; run++) {
        const stream = hash((seed + hash(run)) >>> 0);
        for (let taken = 0; taken < steps; taken++) {
          const row = hash((stream + hash(firstStep + taken)) >>> 0) % rows;
          let residual = sign * of(at(targets, run * rows + row));
          for (let col = 0; col < cols; col++) residual += of(entry(run, row, col)) * at(w, run * cols + col);
          for (let col = 0; col < cols; col++) {
            const i = run * cols + col;
            w[i] = at(w, i) + sign * Math.fround(rate) * residual * of(entry(run, row, col));
          }
        }
      }
      return w;
    };
    const [exact, size] = [simulate((value) => value, -1), simulate(Math.abs, 1)];
    expectNear(after.weights, exact, (i) => steps * (cols + 6) * HALF_ULP * at(size, i));
    expect([...after.done]).toEqual(new Array(runs).fill(firstStep + steps));
  }
});
