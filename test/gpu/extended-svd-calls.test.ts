import { describe, expect } from "vitest";
import { Engine } from "../../src/engine.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { NotFiniteError, PrecisionError } from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { test as testOnDevice } from "../support/gpu.ts";
import { EXTENDED_UNIT, passingRatio } from "../support/lapack-ratios.ts";
import { randomMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { withSpectrum } from "../support/spectra.ts";

const RATIO = passingRatio / 5;
const extended = { precision: "extended" } as const;

describe("what a caller relies on", () => {
  test("a batch equals its members, and a second run the first to the bit", async ({ engine }) => {
    const [rows, cols] = [18, 20];
    const members = [withSpectrum(rows, cols, [5, 1, 1e-9]), withSpectrum(rows, cols, new Float64Array(18).fill(1))];
    using batch = await engine.matrix({
      data: members.flatMap((member) => Array.from(member)),
      rows,
      cols,
      batch: 2,
      precision: "extended",
    });
    const first = await engine.singularValues(batch, extended);
    expect((await engine.singularValues(batch, extended)).singularValues).toEqual(first.singularValues);
    for (const [i, member] of members.entries()) {
      using alone = await engine.matrix({ data: member, rows, cols, precision: "extended" });
      const { singularValues } = await engine.singularValues(alone, extended);
      singularValues.forEach((value, k) => {
        const bound = RATIO * EXTENDED_UNIT * rows * (singularValues[0] ?? 0);
        expect(Math.abs(value - (first.singularValues[i * rows + k] ?? Number.NaN))).toBeLessThanOrEqual(bound);
      });
    }
  });

  test.for([
    [3, 3],
    [22, 3],
    [20, 40],
  ] as const)("a matrix of zeros beside one of rank one in a batch, %i × %i", async ([rows, cols], { engine }) => {
    const count = Math.min(rows, cols);
    const ones = new Array<number>(rows * cols).fill(1);
    for (const members of [
      [0, 1],
      [3, 0],
      [0, 2, 0],
    ]) {
      const entries = members.flatMap((factor) => ones.map((one) => factor * one));
      using batch = await engine.matrix({ data: entries, rows, cols, batch: members.length, precision: "extended" });
      using svd = await engine.svd(batch, extended);
      const exact = members.flatMap((factor) => ones.slice(0, count).map((_, k) => (k ? 0 : factor)));
      exact.forEach((factor, i) => {
        const [sigma, largest] = [factor * Math.sqrt(rows * cols), Math.max(...members) * Math.sqrt(rows * cols)];
        expect(Math.abs((svd.singularValues[i] as number) - sigma)).toBeLessThanOrEqual(EXTENDED_UNIT * largest);
      });
      for (const vectors of [svd.U, svd.V]) {
        const columns = await vectors.readExtended();
        for (let member = 0; member < members.length; member++) {
          const own = columns.subarray(member * vectors.rows * count, (member + 1) * vectors.rows * count);
          for (let i = 0; i < count; i++) {
            for (let j = 0; j <= i; j++) {
              let dot = 0;
              for (let row = 0; row < vectors.rows; row++) {
                dot += (own[row * count + i] as number) * (own[row * count + j] as number);
              }
              expect(Math.abs(dot - Number(i === j))).toBeLessThanOrEqual(EXTENDED_UNIT * 4);
            }
          }
        }
      }
    }
  });

  test("the SVD has the precision of its matrix, unless one is given: both ways", async ({ engine }) => {
    const entries = randomMatrix(20, 25);
    using single = await engine.matrix({ data: entries, rows: 20, cols: 25 });
    using both = await engine.matrix({ data: Float64Array.from(entries), rows: 20, cols: 25, precision: "extended" });
    const fine = await engine.singularValues(single, extended);
    expect((await engine.singularValues(both, extended)).singularValues).toEqual(fine.singularValues);
    expect((await engine.singularValues(both)).singularValues).toEqual(fine.singularValues);
    const coarse = await engine.singularValues(both, { precision: "single" });
    expect((await engine.singularValues(single)).singularValues).toEqual(coarse.singularValues);
    coarse.singularValues.forEach((value, k) => {
      expect(Math.abs(value - (fine.singularValues[k] ?? 0))).toBeLessThan(
        8 * 2 ** -23 * (fine.singularValues[0] ?? 0),
      );
    });
    expect(coarse.singularValues).not.toEqual(fine.singularValues);
    for (const [matrix, options, precision] of [
      [single, {}, "single"],
      [both, {}, "extended"],
      [single, extended, "extended"],
      [both, { precision: "single" }, "single"],
    ] as const) {
      using svd = await engine.svd(matrix, options);
      expect([svd.U.precision, svd.V.precision]).toEqual([precision, precision]);
    }
  });

  test("no rows or no columns, NaN, and too few sweeps", async ({ engine }) => {
    for (const [rows, cols] of [
      [0, 3],
      [3, 0],
    ] as const) {
      using matrix = await engine.matrix({ data: [], rows, cols, precision: "extended" });
      using svd = await engine.svd(matrix, extended);
      expect([svd.singularValues.length, svd.U.rows, svd.V.rows]).toEqual([0, rows, cols]);
    }
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      using bad = await engine.activationMatrix({ activation, x: [0.5, 1], b: [0, 0.75] });
      await expect(engine.svd(bad, extended)).rejects.toThrow(NotFiniteError);
    }
    using matrix = await engine.matrix({ data: randomMatrix(40, 40), rows: 40, cols: 40 });
    expect(await engine.singularValues(matrix, { ...extended, maxSweeps: 1 })).toMatchObject({ converged: false });
  });

  testOnDevice("refused, with its reason, where no form of two-floats is exact", async ({ device }) => {
    const engine = Engine.create(new Gpu(device), { twoFloat: "none", tuning: {} }, false);
    using matrix = await engine.matrix({ data: [1, 2], rows: 1, cols: 2 });
    await expect(engine.svd(matrix, extended)).rejects.toThrow(PrecisionError);
    await expect(engine.matrix({ data: [1], rows: 1, cols: 1, precision: "extended" })).rejects.toThrow(
      /no form of two-float arithmetic exact/,
    );
    await expect(engine.activationMatrix({ activation: "relu", x: [1], b: [0], ...extended })).rejects.toThrow(
      PrecisionError,
    );
    expect((await engine.singularValues(matrix)).singularValues[0]).toBeCloseTo(Math.sqrt(5), 6);
    engine.destroy();
  });
});
