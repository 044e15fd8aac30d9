/** `shrink` and `project` on many runs: each run equals a call of its own; progress and abort. */
import { describe, expect } from "vitest";
import {
  ArgumentError,
  type Engine,
  type Matrix,
  masks,
  type Precision,
  type Projection,
  type Shrinkage,
  type Svd,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { createRandom } from "../support/random.ts";

const [ROWS, COLS, RUNS] = [33, 21, 9];
const { normals } = createRandom(29);
const entries = normals(ROWS * COLS);
const y = normals(RUNS * ROWS);
const yOf = (run: number) => y.subarray(run * ROWS, (run + 1) * ROWS);
const maskOf = (run: number) => masks.ridge({ lambda: 2 ** run });
const eachMask = Array.from({ length: RUNS }, (_, run) => maskOf(run));

const precisions = ["single", "extended"] as const;

async function withSvd(engine: Engine, precision: Precision, work: (svd: Svd) => Promise<void>): Promise<void> {
  using matrix = await engine.matrix({ data: entries, rows: ROWS, cols: COLS, precision });
  using svd = await engine.svd(matrix);
  await work(svd);
}

const slice = (values: Float64Array, run: number, runs = RUNS) =>
  values.slice((run * values.length) / runs, ((run + 1) * values.length) / runs);

/**
 * Two-floats are the same for any number of runs. float32 numbers are not where a compiler contracts products and sums
 * for one kernel and not for another: a sum of n products errs by up to n·2⁻²⁴ of Σ|a·b|, which is at most ‖y‖ here.
 * There are up to two of each length, on either side; the factors m(σ)/σ of these masks are at most ½.
 */
const boundOf = (precision: Precision, run: number) =>
  precision === "extended" ? 0 : 4 * (ROWS + COLS) * 2 ** -24 * Math.hypot(...yOf(run));

function expectNear(actual: Float64Array, expected: Float64Array, bound: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
  expect(worst).toBeLessThanOrEqual(bound);
}

function expectSameFit(together: Shrinkage, run: number, runs: number, alone: Shrinkage, bound: number): void {
  expectNear(slice(together.prediction, run, runs), alone.prediction, bound);
  expectNear(slice(together.weights, run, runs), alone.weights, bound);
}

function expectSameProblem(actual: Projection | undefined, expected: Projection, bound: number, run: number): void {
  const { singularValues, coefficients, outside, samples } = actual as Projection;
  expect({ singularValues, samples }).toEqual({ singularValues: expected.singularValues, samples: ROWS });
  expectNear(coefficients, expected.coefficients, bound);
  expect(Math.abs(outside - expected.outside)).toBeLessThanOrEqual(2 * bound * Math.hypot(...yOf(run)));
}

describe.for(precisions)("%s precision, many runs", (precision) => {
  test("project gives one problem a run, each as y alone gives it", ({ engine }) =>
    withSvd(engine, precision, async (svd) => {
      const problems = await engine.project(svd, y);
      expect(problems).toHaveLength(RUNS);
      for (const [run, problem] of problems.entries()) {
        const [alone] = await engine.project(svd, yOf(run));
        expectSameProblem(problem, alone, boundOf(precision, run), run);
      }
    }));

  test("one mask for all runs, or one a run: each run as it is alone", ({ engine }) =>
    withSvd(engine, precision, async (svd) => {
      const shared = await engine.shrink(svd, y, maskOf(3));
      const own = await engine.shrink(svd, y, eachMask);
      for (let run = 0; run < RUNS; run++) {
        for (const [together, mask] of [
          [shared, maskOf(3)],
          [own, maskOf(run)],
        ] as const) {
          const alone = await engine.shrink(svd, yOf(run), mask);
          expectSameFit(together, run, RUNS, alone, boundOf(precision, run));
        }
      }
      expectSameFit(own, 2, RUNS, await engine.shrink(svd, yOf(2), [maskOf(2)]), boundOf(precision, 2));
    }));

  test("the SVD of a batch takes one run a matrix", ({ engine }) =>
    withSvd(engine, precision, async ({ U, V, singularValues, noiseFloor }) => {
      // A batch of A's SVD and of another with half the singular values: the vectors are the same numbers.
      const twice = async ({ rows, cols, ...matrix }: Matrix, read: Matrix) => {
        const data = await read.readExtended();
        return engine.matrix({ data: [...data, ...data], rows, cols, batch: 2, precision: matrix.precision });
      };
      using both = await twice(U, U);
      using bothV = await twice(V, V);
      const half = singularValues.map((s) => s / 2);
      const [first, second] = [
        { U, V, singularValues, noiseFloor },
        { U, V, singularValues: half, noiseFloor },
      ];
      const batch = {
        U: both,
        V: bothV,
        singularValues: Float64Array.of(...singularValues, ...half),
        noiseFloor: Float64Array.of(...noiseFloor, ...noiseFloor),
      };
      const targets = y.slice(0, 2 * ROWS);
      const alone = [await engine.project(first, yOf(0)), await engine.project(second, yOf(1))];
      const problems = await engine.project(batch, targets);
      expect(problems).toHaveLength(2);
      for (const [run, [problem]] of alone.entries()) {
        expectSameProblem(problems[run], problem, boundOf(precision, run), run);
      }
      const pair = [maskOf(1), maskOf(4)];
      for (const [given, ofFirst, ofSecond] of [
        [maskOf(2), maskOf(2), maskOf(2)],
        [pair, maskOf(1), maskOf(4)],
      ] as const) {
        const together = await engine.shrink(batch, targets, given);
        const apart = [await engine.shrink(first, yOf(0), ofFirst), await engine.shrink(second, yOf(1), ofSecond)];
        for (const [run, fit] of apart.entries()) expectSameFit(together, run, 2, fit, boundOf(precision, run));
      }
      await expect(engine.project(batch, yOf(0))).rejects.toThrow(`y: ${ROWS} numbers given, 2 × ${ROWS} expected`);
      await expect(engine.shrink(batch, y, maskOf(0))).rejects.toThrow(`2 × ${ROWS} expected`);
    }));

  test("progress goes from 0 to 1, and an abort rejects with its reason and leaves nothing", ({ engine }) =>
    withSvd(engine, precision, async (svd) => {
      const held = engine.memory;
      for (const [stages, call] of [
        [["projection"], (run) => engine.project(svd, y, run)],
        [["projection", "reconstruction"], (run) => engine.shrink(svd, y, eachMask, run)],
      ] as [string[], (run: object) => Promise<unknown>][]) {
        const heard: { stage: string; fraction: number }[] = [];
        await call({ onProgress: (progress: (typeof heard)[0]) => heard.push(progress) });
        const come = heard.map(({ stage, fraction }) => stages.indexOf(stage) + fraction);
        expect(come).toEqual([...new Set(come)].sort((a, b) => a - b));
        expect(heard.every(({ fraction }) => fraction > 0 && fraction <= 1)).toBe(true);
        expect(come.at(-1)).toBe(stages.length);

        for (const stage of stages) {
          const controller = new AbortController();
          const reason = new Error(`enough of the ${stage}`);
          const onProgress = (progress: { stage: string }) => progress.stage === stage && controller.abort(reason);
          await expect(call({ signal: controller.signal, onProgress })).rejects.toBe(reason);
          expect(engine.memory).toEqual(held);
        }
        await expect(call({ signal: AbortSignal.abort("at once") })).rejects.toBe("at once");
        expect(engine.memory).toEqual(held);
      }
    }));
});

test("project takes a cutoff, as shrink does: what no fit touches, no rule counts", ({ engine }) =>
  withSvd(engine, "single", async (svd) => {
    const cutoff = svd.singularValues[4] as number;
    const [problem] = await engine.project(svd, yOf(0), { cutoff });
    expect(problem.singularValues).toEqual(svd.singularValues.map((s, i) => (i <= 4 ? s : 0)));
    const { prediction } = await engine.shrink(svd, yOf(0), masks.ridge({ lambda: 0 }), { cutoff });
    const left = prediction.reduce((sum, value, i) => sum + (value - (y[i] as number)) ** 2, 0);
    const unfitted = problem.coefficients.subarray(5).reduce((sum, c) => sum + c * c, problem.outside);
    expect(Math.abs(left / unfitted - 1)).toBeLessThan(2 ** -16);
    await expect(engine.project(svd, y, { cutoff: -1 })).rejects.toThrow("cutoff: -1 given");
  }));

test("counts that do not fit are named", ({ engine }) =>
  withSvd(engine, "single", async (svd) => {
    for (const [given, expected] of [
      [[maskOf(0), maskOf(1)], `mask: an array of 2 given, a function or one for each of ${RUNS} runs expected`],
      [[], "mask: an array of 0 given"],
    ] as const) {
      const call = engine.shrink(svd, y, given);
      await expect(call).rejects.toThrow(ArgumentError);
      await expect(call).rejects.toThrow(expected);
    }
    const bad = eachMask.with(2, () => Number.NaN);
    await expect(engine.shrink(svd, y, bad)).rejects.toThrow("mask[2][0]: NaN given, a finite number expected");
    for (const targets of [y.subarray(1), []]) {
      await expect(engine.project(svd, targets)).rejects.toThrow(`runs × ${ROWS} expected`);
      await expect(engine.shrink(svd, targets, maskOf(0))).rejects.toThrow(`runs × ${ROWS} expected`);
    }
  }));
