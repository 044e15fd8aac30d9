import { describe, expect } from "vitest";
import type { Engine } from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { fill, randomMatrix } from "../support/matrices.ts";
import { createRandom } from "../support/random.ts";
import { withSpectrum } from "../support/spectra.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

/** A matrix, row-major in float32, and its singular values in float64; values that are not given are 0. */
interface Case {
  readonly entries: Float32Array;
  readonly rows: number;
  readonly cols: number;
  readonly singularValues: ArrayLike<number>;
}

/** A matrix with its values by ml-matrix. */
function known(rows: number, cols: number, given: ArrayLike<number>): Case {
  const entries = Float32Array.from(given);
  return { entries, rows, cols, singularValues: referenceSingularValues(entries, rows, cols) };
}

/**
 * A matrix of the rows `distinct` (count × cols); `which` chooses one of them for each row of the matrix. Its singular
 * values are those of the small matrix in which a row that is chosen c times is there once, times √c.
 */
function repeatedRows(distinct: Float32Array, cols: number, which: readonly number[]): Case {
  const entries = fill(which.length, cols, (row, col) => distinct[(which[row] as number) * cols + col] as number);
  const count = distinct.length / cols;
  const times = Array.from({ length: count }, (_, row) => which.filter((one) => one === row).length);
  const scaled = Float64Array.from(distinct, (value, i) => value * Math.sqrt(times[Math.floor(i / cols)] as number));
  return { entries, rows: which.length, cols, singularValues: referenceSingularValues(scaled, count, cols) };
}

function transposed({ entries, rows, cols, singularValues }: Case): Case {
  return {
    entries: fill(cols, rows, (row, col) => entries[col * cols + row] as number),
    rows: cols,
    cols: rows,
    singularValues,
  };
}

/** Half ulps of σ₁ that the floor may have: 13, and 4·√m where m others are alike. */
const mostFloor = (others: number) => 13 + 4 * Math.sqrt(others);

async function expectWithinFloor(engine: Engine, name: string, given: Case, others = 1): Promise<void> {
  const { entries, rows, cols, singularValues: exact } = given;
  using matrix = await engine.matrix({ data: entries, rows, cols });
  const { singularValues, noiseFloor, converged } = await engine.singularValues(matrix);
  expect(converged, `${name}, ${rows} × ${cols}`).toBe(true);
  const floor = noiseFloor[0] as number;
  const error = singularValues.reduce((most, value, k) => Math.max(most, Math.abs(value - (exact[k] ?? 0))), 0);
  expect(error, `${name}, ${rows} × ${cols}: |σ − σ of float64|, and the noise floor`).toBeLessThanOrEqual(floor);
  const allowed = mostFloor(others) * 2 ** -24 * (exact[0] ?? 0);
  expect(floor, `${name}, ${rows} × ${cols}: the floor, and what it may have`).toBeLessThanOrEqual(allowed);
}

describe("no σ is further from that of float64 than the noise floor", () => {
  test("one to three rows, or columns, many times over", async ({ engine }) => {
    const { uniform } = createRandom(11);
    for (let i = 0; i < 24; i++) {
      const [rows, cols, count] = [2 + Math.floor(uniform() * 250), 2 + Math.floor(uniform() * 250), 1 + (i % 3)];
      const distinct = i % 2 ? randomMatrix(count, cols, i) : fill(count, cols, uniform);
      const which = Array.from({ length: rows }, () => Math.floor(uniform() * count));
      const given = repeatedRows(distinct, cols, which);
      await expectWithinFloor(engine, `${count} rows`, i % 4 < 2 ? given : transposed(given));
    }
  });

  test.for([3, 40, 128, 300])("one number, and one number except for a row, n = %i", async (n, { engine }) => {
    const all = new Array<number>(n).fill(0);
    const one = all.map((_, row) => Number(row === n >> 1));
    for (const value of [1, 0.9, 1 / 3]) {
      await expectWithinFloor(
        engine,
        `${value}`,
        repeatedRows(
          fill(1, n, () => value),
          n,
          all,
        ),
      );
      const two = fill(2, n, (row) => (row === 0 ? value : 1.01));
      await expectWithinFloor(engine, `${value} and 1.01`, repeatedRows(two, n, one));
    }
  });

  test("long rows: errors do not grow with their length", async ({ engine }) => {
    for (const [rows, cols] of [
      [128, 1000],
      [1, 100_000],
      [3, 100_000],
      [40, 20_000],
    ] as const) {
      const all = new Array<number>(rows).fill(0);
      await expectWithinFloor(
        engine,
        "0.9",
        repeatedRows(
          fill(1, cols, () => 0.9),
          cols,
          all,
        ),
      );
      await expectWithinFloor(
        engine,
        "0.9",
        transposed(
          repeatedRows(
            fill(1, cols, () => 0.9),
            cols,
            all,
          ),
        ),
      );
    }
    const tanh = fill(100_000, 3, (row, col) => Math.tanh((6 * row) / 99_999 - 3 - 3 * (col - 1)));
    await expectWithinFloor(engine, "tanh", known(100_000, 3, tanh));
  });

  test("2 × 2 of 0, 1 and −1; diagonals; single rows and columns", async ({ engine }) => {
    for (let i = 0; i < 81; i++) {
      const entries = [0, 1, 2, 3].map((digit) => (Math.floor(i / 3 ** digit) % 3) - 1);
      await expectWithinFloor(engine, `[${entries}]`, known(2, 2, entries));
    }
    await expectWithinFloor(engine, "diag(3, 4)", known(2, 2, [3, 0, 0, 4]));
    for (const n of [1, 5, 64, 200]) {
      const values = Float32Array.from({ length: n }, (_, k) => 1 / (k + 1));
      const diagonal = fill(n, n, (row, col) => (row === col ? (values[row] as number) : 0));
      await expectWithinFloor(engine, "diagonal", { entries: diagonal, rows: n, cols: n, singularValues: values });
      await expectWithinFloor(engine, "row", known(1, n, randomMatrix(1, n)));
      await expectWithinFloor(engine, "column", known(n, 1, randomMatrix(n, 1)));
    }
  });

  test("rank one, graded, alike, clustered, random", async ({ engine }) => {
    for (const [rows, cols] of [
      [16, 10],
      [40, 40],
      [50, 40],
      [150, 170],
    ] as const) {
      const count = Math.min(rows, cols);
      const spectra: Record<string, (k: number) => number> = {
        "rank one": (k) => Number(k === 0),
        graded: (k) => 10 ** ((-12 * k) / count),
        alike: () => 3,
        "alike to 1e-6": (k) => 1 + 2e-6 * Math.sin(k * k),
        "ten of each": (k) => 1 + Math.floor(k / 10),
        evenly: (k) => 1 - k / count,
      };
      for (const [name, value] of Object.entries(spectra)) {
        const values = Array.from({ length: count }, (_, k) => value(k));
        const others = { alike: count, "alike to 1e-6": count, "ten of each": 9 }[name] ?? 1;
        await expectWithinFloor(engine, name, known(rows, cols, withSpectrum(rows, cols, values)), others);
      }
      await expectWithinFloor(engine, "normal", known(rows, cols, randomMatrix(rows, cols)));
      const positive = randomMatrix(rows, cols).map(Math.abs);
      await expectWithinFloor(engine, "positive", known(rows, cols, positive));
      const graded = randomMatrix(rows, cols).map((x, i) => x * 10 ** ((16 * Math.floor(i / cols)) / (rows - 1) - 8));
      await expectWithinFloor(engine, "rows from 1e-8 to 1e8", known(rows, cols, graded));
    }
  });

  test("activations", async ({ engine }) => {
    for (const [n, m] of [
      [128, 128],
      [60, 400],
    ] as const) {
      const x = Float64Array.from({ length: n }, (_, i) => (2 * i) / (n - 1) - 1);
      const b = Float64Array.from({ length: m }, (_, i) => (2 * i) / (m - 1) - 1);
      for (const activation of ["heaviside", "relu", "relu2", "tanh", "gelu", "gaussian", "sinc"] as const) {
        for (const scale of activation === "heaviside" || activation.startsWith("relu") ? [1] : [1, 10, n]) {
          using matrix = await engine.activationMatrix({ activation, scale, x, b });
          await expectWithinFloor(
            engine,
            `${activation}, ω = ${scale}`,
            known(n, m, await matrix.read()),
            Math.min(n, m),
          );
        }
      }
    }
  });

  test("the members of a batch, each by its own floor", async ({ engine }) => {
    const members = [repeatedRows(randomMatrix(1, 90), 90, new Array(70).fill(0)), known(70, 90, randomMatrix(70, 90))];
    const entries = members.flatMap((member) => Array.from(member.entries));
    using batch = await engine.matrix({ data: entries, rows: 70, cols: 90, batch: 2 });
    const { singularValues, noiseFloor } = await engine.singularValues(batch);
    for (const [i, member] of members.entries()) {
      for (let k = 0; k < 70; k++) {
        const error = Math.abs((singularValues[i * 70 + k] as number) - (member.singularValues[k] ?? 0));
        expect(error, `matrix ${i}, σ ${k}`).toBeLessThanOrEqual(noiseFloor[i] as number);
      }
    }
  });
});

/** Half ulps of σ₁ by which σ of nearly diagonal matrices may err; measured up to 14. */
const MOST_OF_NEARLY_DIAGONAL = 16;

describe("singular vectors that are nearly single entries", () => {
  test.for([16, 40, 60, 120])("σ within 16 half ulps, and zeros below the floor, n = %i", async (n, { engine }) => {
    for (const share of [0.3, 0.1, 0.03, 0.01, 0.001]) {
      const { uniform } = createRandom(n);
      const noise = randomMatrix(n, n, n);
      const diagonal = Array.from({ length: n }, () => 0.5 + uniform());
      const nearly = (row: number, col: number, period: number) =>
        (row % period === col % period ? (diagonal[row % period] as number) : 0) +
        share * (noise[(row % period) * n + col] as number);

      const full = fill(n, n, (row, col) => nearly(row, col, n));
      using matrix = await engine.matrix({ data: full, rows: n, cols: n });
      const { singularValues } = await engine.singularValues(matrix);
      const exact = referenceSingularValues(full, n, n);
      const unit = 2 ** -24 * (exact[0] as number);
      singularValues.forEach((value, k) => {
        expect(Math.abs(value - (exact[k] as number)), `σ${k}`).toBeLessThanOrEqual(MOST_OF_NEARLY_DIAGONAL * unit);
      });

      // Each row is there twice: half of the σ are 0.
      const twice = fill(n, n, (row, col) => nearly(row, col, n / 2));
      using doubled = await engine.matrix({ data: twice, rows: n, cols: n });
      const { singularValues: values, noiseFloor } = await engine.singularValues(doubled);
      expect(values[n / 2], "the largest σ that is 0").toBeLessThanOrEqual(noiseFloor[0] as number);
    }
  });
});
