import { describe, expect } from "vitest";
import { conjugateAdvance, conjugateDirection, conjugateRetreat } from "../../shaders/conjugate-update.ts";
import { keepWeights, loss } from "../../shaders/loss.ts";
import { momentumStep, scaleCoefficients } from "../../shaders/momentum-step.ts";
import { flooredNormSquare, normSquare } from "../../shaders/norm-square.ts";
import { appendColumn, setColumn } from "../../shaders/set-column.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { at, awkwardCounts, expectNear, normals, poison, runKernel, summed } from "../support/run-kernel.ts";

/** WGSL's quotient may be off by 2.5 ulp, which is 5 roundings; a root likewise. */
const QUOTIENT = 5;

describe.for([false, true])("momentum-step, preconditioned: %s", (preconditioned) => {
  test.for(awkwardCounts)("%i weights of 2 runs: d ← m·d − α·P·g, w ← w + d, p ← w + e·d", async (cols, { device }) => {
    const gpu = new Gpu(device);
    const [runs, shares, table, identity] = [2, 35, 2, 0.75]; // more shares than a chunk has
    const length = runs * cols;
    const [gradients, correction] = [normals(shares * length, 1), normals(length, 2)];
    const [weights, velocity] = [normals(length, 3), normals(length, 4)];
    for (const methods of [1, runs]) {
      const coefficients = normals(4 * table * methods, 5);
      const reads = { gradients, coefficients };
      const writes = { weights, velocity, point: poison(length), counts: Uint32Array.of(4, 5) };
      const given = { cols, runs, shares, methods, table, identity, own: 1 };
      const after = preconditioned
        ? await runKernel(gpu, { reads: { ...reads, correction }, writes }, await encoded(gpu, true, given))
        : await runKernel(gpu, { reads, writes }, await encoded(gpu, false, given));
      const exact = {
        weights: new Float64Array(length),
        velocity: new Float64Array(length),
        point: new Float64Array(length),
      };
      const size = new Float64Array(length);
      for (let i = 0; i < length; i++) {
        const own = 4 * ((5 % table) * methods + (methods === 1 ? 0 : Math.floor(i / cols)));
        const [momentum, rate, extrapolation] = [
          at(coefficients, own),
          at(coefficients, own + 1),
          at(coefficients, own + 2),
        ];
        const { sum, size: most } = summed(shares, (share) => at(gradients, share * length + i));
        const gradient = preconditioned ? identity * sum + at(correction, i) : sum;
        const moved = momentum * at(velocity, i) - rate * gradient;
        exact.velocity[i] = moved;
        exact.weights[i] = at(weights, i) + moved;
        exact.point[i] = at(weights, i) + moved + extrapolation * moved;
        const step = Math.abs(momentum * at(velocity, i)) + Math.abs(rate) * (most + Math.abs(at(correction, i)));
        size[i] = Math.abs(at(weights, i)) + (1 + Math.abs(extrapolation)) * step;
      }
      expect([...after.counts], "steps done").toEqual(length > 0 ? [6, 5] : [4, 5]);
      // A term goes through the sum of the shares and at most 6 more operations.
      for (const name of ["weights", "velocity", "point"] as const) {
        expectNear(after[name], exact[name], (i) => (shares + 6) * HALF_ULP * at(size, i), name);
      }
    }
  });
});

async function encoded<const P extends boolean>(
  gpu: Gpu,
  preconditioned: P,
  given: { cols: number; runs: number; shares: number; methods: number; table: number; identity: number; own: number },
) {
  const encode = await momentumStep({ preconditioned }).on(gpu);
  type Buffers = Omit<Parameters<typeof encode>[1], keyof typeof given>;
  return (arena: Parameters<typeof encode>[0], buffers: Buffers) => encode(arena, { ...given, ...buffers });
}

test.for(awkwardCounts)("scale-coefficients: %i products, each rounded once", async (count, { device }) => {
  const gpu = new Gpu(device);
  const scale = await scaleCoefficients.on(gpu);
  const reads = { coefficients: normals(count, 1), factors: normals(count, 2) };
  const { scaled } = await runKernel(gpu, { reads, writes: { scaled: poison(count) } }, (arena, buffers) =>
    scale(arena, { count, ...buffers }),
  );
  expect(scaled).toEqual(reads.coefficients.map((c, i) => c * at(reads.factors, i)));
});

/**
 * Roundings of a sum of squares: those of one thread, which adds a 64th of them in chunks of chunks of 32; 6 of the
 * sums of halves; and a few of the products and the last operations.
 */
const roundings = (count: number) => Math.min(32, count / 64) + Math.min(32, count / 2048) + count / 65536 + 6 + 8;

const lengths = [...awkwardCounts.slice(1), 2048, 70_000];

test.for(lengths)("loss: the mean square of %i residuals, and which runs are to be kept", async (rows, { device }) => {
  const gpu = new Gpu(device);
  const record = await loss.on(gpu);
  const runs = 3;
  const residuals = normals(runs * rows, rows);
  const scales = Float32Array.of(1, 2 ** -40, 8);
  const exact = Array.from(scales, (scale, run) => {
    const own = residuals.subarray(run * rows, (run + 1) * rows);
    return own.reduce((sum, value) => sum + (scale * value) ** 2, 0) / rows;
  });
  for (const keep_first of [0, 1]) {
    // Run 0 and run 2 become better, run 1 does not; run 2 has recorded a loss before.
    const bounds = Float32Array.of(2 * at(exact, 0), at(exact, 1) / 2, 2 * at(exact, 2));
    const writes = {
      recorded: Uint32Array.of(0, 0, 1),
      losses: poison(2 * runs),
      bounds,
      kept: new Uint32Array(runs),
      keep: Uint32Array.of(7, 7, 7),
    };
    const after = await runKernel(gpu, { reads: { residuals, scales }, writes }, (arena, buffers) =>
      record(arena, { rows, runs, keep_first, ...buffers }),
    );
    const places = [0, 1, runs + 2];
    const recorded = places.map((place) => at(after.losses, place));
    expectNear(recorded, exact, (run) => roundings(rows) * HALF_ULP * at(exact, run), "loss");
    expect(after.losses.filter((_, i) => !places.includes(i)).every(Number.isNaN)).toBe(true);
    expect([...after.recorded]).toEqual([1, 1, 2]);
    expect([...after.keep]).toEqual([1, 0, 1]);
    expect([...after.kept]).toEqual([1, 0, 2]);
    expect([...after.bounds]).toEqual(keep_first ? [0, bounds[1], 0] : [recorded[0], bounds[1], recorded[2]]);
  }
});

test.for(awkwardCounts)("keep-weights: %i weights of the runs that are to be kept", async (cols, { device }) => {
  const gpu = new Gpu(device);
  const keepAll = await keepWeights.on(gpu);
  const weights = normals(3 * cols, 1);
  const before = normals(3 * cols, 2);
  const reads = { weights, keep: Uint32Array.of(1, 0, 1) };
  const { kept } = await runKernel(gpu, { reads, writes: { kept: before } }, (arena, buffers) =>
    keepAll(arena, { cols, runs: 3, ...buffers }),
  );
  expect(kept).toEqual(weights.map((weight, i) => (Math.floor(i / cols) === 1 ? at(before, i) : weight)));
});

test.for([0, ...lengths])(
  "norm-square of %i elements; the norm before it is kept beside",
  async (length, { device }) => {
    const gpu = new Gpu(device);
    const [plain, floored] = await Promise.all([normSquare.on(gpu), flooredNormSquare.on(gpu)]);
    const [runs, scale, share] = [3, 0.125, 0.5];
    const vectors = normals(runs * length, 1);
    const exact = Array.from({ length: runs }, (_, run) =>
      vectors.subarray(run * length, (run + 1) * length).reduce((sum, value) => sum + (scale * value) ** 2, 0),
    );
    const bound = (run: number) => roundings(length) * HALF_ULP * at(exact, run);
    const squares = Float32Array.of(10, 0, 20, 0, 30, 0);
    const after = await runKernel(gpu, { reads: { vectors }, writes: { squares } }, (arena, buffers) =>
      plain(arena, { length, runs, scale, ...buffers }),
    );
    expectNear(
      after.squares.filter((_, i) => i % 2 === 0),
      exact,
      bound,
      "norm",
    );
    expect([...after.squares.filter((_, i) => i % 2 === 1)]).toEqual([10, 20, 30]);

    // Up to half of the other vector's squared norm, a squared norm counts as 0: only that of run 1 is larger.
    const others = Float32Array.from(exact.flatMap((square, run) => [(run === 1 ? 1 : 4) * square, 0]));
    const few = await runKernel(gpu, { reads: { vectors, others }, writes: { squares } }, (arena, buffers) =>
      floored(arena, { length, runs, scale, share, ...buffers }),
    );
    expectNear(
      few.squares.filter((_, i) => i % 2 === 0),
      [0, at(exact, 1), 0],
      bound,
      "floored norm",
    );
  },
);

describe("CGLS", () => {
  /** Runs of which the second has converged: its divisor is 0. */
  const runs = 3;
  const inverse = 0.25;
  const gamma = Float32Array.of(3, 5, 0, 0, 0.7, 0.1);
  const delta = Float32Array.of(7, 0, 0, 0, 0.3, 0);
  const stepOf = (run: number) => (run === 1 ? 0 : (inverse * at(gamma, 2 * run)) / at(delta, 2 * run));

  test.for(awkwardCounts)("%i elements: w advances, r retreats, p turns", async (length, { device }) => {
    const gpu = new Gpu(device);
    const [advance, retreat, turn] = await Promise.all([
      conjugateAdvance.on(gpu),
      conjugateRetreat.on(gpu),
      conjugateDirection.on(gpu),
    ]);
    const [vectors, others] = [normals(runs * length, 1), normals(runs * length, 2)];
    const units = Float32Array.of(1, 8, 2 ** -20);
    const params = { length, runs, inverse };
    const run = (i: number) => Math.floor(i / length);
    const expectSum = (actual: Float32Array, term: (i: number) => number, own = (i: number) => at(vectors, i)) => {
      const exact = Float64Array.from(vectors, (_, i) => own(i) + term(i));
      // The quotient, three products and the sum.
      expectNear(actual, exact, (i) => (QUOTIENT + 5) * HALF_ULP * (Math.abs(own(i)) + Math.abs(term(i))));
    };
    const writes = { vectors };
    const w = await runKernel(gpu, { reads: { gamma, delta, others, units }, writes }, (arena, buffers) =>
      advance(arena, { ...params, ...buffers }),
    );
    expectSum(w.vectors, (i) => at(units, run(i)) * stepOf(run(i)) * inverse * at(others, i));
    const r = await runKernel(gpu, { reads: { gamma, delta, others }, writes }, (arena, buffers) =>
      retreat(arena, { ...params, ...buffers }),
    );
    expectSum(r.vectors, (i) => -stepOf(run(i)) * inverse * at(others, i));
    const p = await runKernel(gpu, { reads: { gamma, others }, writes }, (arena, buffers) =>
      turn(arena, { ...params, ...buffers }),
    );
    const ratio = (i: number) => (run(i) === 1 ? 0 : at(gamma, 2 * run(i)) / at(gamma, 2 * run(i) + 1));
    expectSum(
      p.vectors,
      (i) => ratio(i) * at(vectors, i),
      (i) => at(others, i),
    );
  });
});

test.for(awkwardCounts)(
  "set-column and append-column: %i entries of 3 runs, the other columns stay",
  async (rows, { device }) => {
    const gpu = new Gpu(device);
    const [set, append] = await Promise.all([setColumn.on(gpu), appendColumn.on(gpu)]);
    const [runs, cols, col, scale, first] = [3, 5, 2, 0.5, 4];
    const vectors = normals(first + runs * rows, 1);
    const params = { rows, cols, col, runs, scale };
    const writes = { columns: poison(runs * rows * cols) };
    const columnOf = (columns: Float32Array) => {
      expect(columns.filter((_, i) => i % cols !== col).every(Number.isNaN)).toBe(true);
      return columns.filter((_, i) => i % cols === col);
    };
    const placed = await runKernel(gpu, { reads: { vectors }, writes }, (arena, buffers) =>
      set(arena, { ...params, first, ...buffers }),
    );
    expect(columnOf(placed.columns)).toEqual(vectors.subarray(first).map((value) => scale * value));

    const squares = Float32Array.of(9, 0, 0, 0, 0.3, 0); // that of run 1 is 0
    const unit = await runKernel(gpu, { reads: { vectors, squares }, writes }, (arena, buffers) =>
      append(arena, { ...params, ...buffers }),
    );
    const exact = Array.from({ length: runs * rows }, (_, i) => {
      const square = at(squares, 2 * Math.floor(i / rows));
      return square === 0 ? 0 : (scale * at(vectors, i)) / Math.sqrt(square);
    });
    // A root, a quotient and a product.
    expectNear(columnOf(unit.columns), exact, (i) => (2 * QUOTIENT + 1) * HALF_ULP * Math.abs(at(exact, i)));
  },
);
