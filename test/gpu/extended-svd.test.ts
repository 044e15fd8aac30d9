import { describe, expect } from "vitest";
import type { Engine } from "../../src/engine.ts";
import { type ActivationName, offsetBiases, offsetSamples } from "../../src/index.ts";
import { activationMatrixTwin } from "../../src/theory/activations.ts";
import { splitTwoFloat } from "../../src/theory/two-float.ts";
import spectra from "../data/extended-spectra.json" with { type: "json" };
import { heavisideSvd } from "../support/closed-forms.ts";
import { test } from "../support/engine.ts";
import { EXTENDED_UNIT, lapackRatios, passingRatio } from "../support/lapack-ratios.ts";
import { joinTwoFloat } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";
import { withSpectrum } from "../support/spectra.ts";

const extended = { precision: "extended" } as const;

const RATIO = passingRatio / 5;

/** The activation matrix on the offset grid. */
async function onOffsetGrid(engine: Engine, activation: ActivationName, n: number, scale = 1) {
  return engine.activationMatrix({ activation, scale, x: offsetSamples(n), b: offsetBiases(n), ...extended });
}

/** The largest |Δσ|/σ over the values above `least`·σ₁. */
function worstRelative(computed: Float64Array, exact: readonly number[], least: number): number {
  return exact.reduce((worst, value, k) => {
    if (value <= least * (exact[0] ?? 0)) return worst;
    return Math.max(worst, Math.abs((computed[k] ?? Number.NaN) - value) / value);
  }, 0);
}

test("entries keep what their rounding to float32 loses", async ({ engine }) => {
  const [x, b] = [offsetSamples(40), offsetBiases(30)];
  for (const activation of ["relu2", "tanh", "gelu", "gaussian", "sinc"] as const) {
    using matrix = await engine.activationMatrix({ activation, scale: 10, x, b, ...extended });
    expect(matrix.precision).toBe("extended");
    const entries = await matrix.readExtended();
    activationMatrixTwin({ activation, scale: 10, x, b }).forEach((exact, i) => {
      expect(Math.abs((entries[i] ?? 0) - exact), activation).toBeLessThanOrEqual(
        2 ** -42 * Math.max(1, Math.abs(exact)),
      );
    });
    expect(await matrix.read()).toEqual(Float32Array.from(entries));
  }
});

test("positions of any size, where scales make up for it: entries to 2⁻⁴², operators as near", async ({ engine }) => {
  const [x, v, b] = [
    [0.3, -0.5, 0.9, 0.7],
    [1.5, -2, 0.25, 0.4],
    [0.1, 1 / 3],
  ];
  const times = (values: readonly number[], factor: number) => values.map((value) => value * factor);
  for (const [ofX, ofV] of [
    [1e-36, 1],
    [1e36, 1],
    [1e-20, 1e-15],
    [1e30, 1e-36],
    [1, 1e20],
  ] as const) {
    const given = {
      activation: "tanh" as const,
      scale: 1 / (ofX * ofV),
      x: times(x, ofX),
      v: times(v, ofV),
      b: times(b, ofX * ofV),
    };
    using matrix = await engine.activationMatrix({ ...given, ...extended });
    const exact = activationMatrixTwin({ activation: "tanh", x, v, b });
    (await matrix.readExtended()).forEach((value, i) => {
      expect(Math.abs(value - (exact[i] ?? 0)), `x · ${ofX}, v · ${ofV}`).toBeLessThanOrEqual(2 ** -42);
    });
    using operator = await engine.activationOperator({ ...given, form: "generated" });
    const sigma = await engine.largestSingularValue(operator);
    expect(Math.abs(sigma / (await engine.largestSingularValue(matrix)) - 1)).toBeLessThan(1e-5);
  }
});

describe("spectra far below float32's noise, against 113 bits", () => {
  // 2⁻⁴⁷·σ₁ is 7e-4 of 1e-11·σ₁: rows are graded, and do better. Measured up to 9e-6 (SwiftShader), 1.8e-5 (lavapipe).
  test.for([
    ["tanh", 64],
    ["gelu", 64],
    ["gaussian", 64],
  ] as const)("%s at ω = 10, N = %i: to 5e-5 down to 1e-11·σ₁", async ([activation, n], { engine }) => {
    using matrix = await onOffsetGrid(engine, activation, n, 10);
    const { singularValues, noiseFloor, converged } = await engine.singularValues(matrix, extended);
    const exact = spectra[`${activation} ${n}`];
    expect(converged).toBe(true);
    expect(worstRelative(singularValues, exact, 1e-11)).toBeLessThan(5e-5);
    // Every σ below the floor is noise, and no noise is above it.
    const floor = noiseFloor[0] ?? 0;
    exact.forEach((value, k) => {
      expect(Math.abs((singularValues[k] ?? 0) - value)).toBeLessThan(Math.max(floor, 1e-12 * value));
    });
    expect(floor).toBeLessThan(1e-12 * (singularValues[0] ?? 0));
  });

  test.for([
    ["sinc", 24],
    ["silu", 10],
    ["gaussian", 12],
  ] as const)(
    "%s at ω = %i, N = 48: clusters and noise within the floor, in at most 40 sweeps",
    async ([activation, scale], { engine }) => {
      const twin = activationMatrixTwin({ activation, scale, x: offsetSamples(48), b: offsetBiases(48) });
      using matrix = await engine.matrix({ data: twin, rows: 48, cols: 48, precision: "extended" });
      const { singularValues, noiseFloor, converged, sweeps } = await engine.singularValues(matrix, extended);
      expect(converged).toBe(true);
      expect(sweeps).toBeLessThanOrEqual(40);
      spectra[`${activation} 48`].forEach((exact, k) => {
        expect(Math.abs((singularValues[k] ?? 0) - exact)).toBeLessThanOrEqual(noiseFloor[0] ?? 0);
      });
    },
  );

  test.for([256, 512] as const)(
    "ReLU² at N = %i: to 1e-6 of each σ, down to 1e-11·σ₁",
    { timeout: 180_000 },
    async (n, { engine }) => {
      using matrix = await onOffsetGrid(engine, "relu2", n);
      const { singularValues, converged } = await engine.singularValues(matrix, extended);
      expect(converged).toBe(true);
      expect(worstRelative(singularValues, spectra[`relu2 ${n}`], 0)).toBeLessThan(1e-6);
    },
  );

  test.for([1, 31, 128, 200])(
    "Heaviside's closed form to 1e-13, and within the floor, N = %i",
    async (n, { engine }) => {
      using matrix = await onOffsetGrid(engine, "heaviside", n);
      const { singularValues, noiseFloor } = await engine.singularValues(matrix, extended);
      const exact = Array.from(heavisideSvd(n).singularValues);
      expect(worstRelative(singularValues, exact, 0)).toBeLessThan(1e-13);
      exact.forEach((value, k) => {
        expect(Math.abs((singularValues[k] ?? 0) - value)).toBeLessThanOrEqual(noiseFloor[0] ?? 0);
      });
    },
  );
});

describe("U·diag(σ)·Vᵀ", () => {
  const numbers = (count: number) => joinTwoFloat(splitTwoFloat(createRandom(count).normals(count)));
  const grade = (count: number) => Array.from({ length: count }, (_, k) => 10 ** ((-12 * k) / count));
  const cases: Record<string, [rows: number, cols: number, entries: Float64Array]> = {
    "1 × 1": [1, 1, Float64Array.of(-1 / 3)],
    "2 × 3": [2, 3, numbers(6)],
    "33 × 31": [33, 31, numbers(33 * 31)],
    "20 × 100": [20, 100, numbers(2000)],
    "100 × 20": [100, 20, numbers(2000)],
    "graded to 1e-12": [40, 36, withSpectrum(40, 36, grade(36))],
    "all alike": [24, 24, withSpectrum(24, 24, new Float64Array(24).fill(2))],
    zero: [9, 7, new Float64Array(63)],
    "rank 1": [30, 30, Float64Array.from({ length: 900 }, (_, i) => (1 + Math.floor(i / 30)) * (1 + (i % 30)))],
    "two blocks of ones": [20, 20, Float64Array.from({ length: 400 }, (_, i) => Number(i % 20 < 10 === i < 200))],
    "entries around 1e-30": [12, 12, numbers(144).map((value) => value * 1e-30)],
    "entries around 1e30": [12, 12, numbers(144).map((value) => value * 1e30)],
  };
  test.for(Object.entries(cases))(
    "%s: LAPACK's ratios in units of 2⁻⁴⁴",
    async ([, [rows, cols, given]], { engine }) => {
      using matrix = await engine.matrix({ data: given, rows, cols, precision: "extended" });
      using svd = await engine.svd(matrix, extended);
      const [entries, u, v] = [await matrix.readExtended(), await svd.U.readExtended(), await svd.V.readExtended()];
      expect(svd.converged).toBe(true);
      const { r1, r2, r3, ordered } = lapackRatios(entries, rows, cols, u, svd.singularValues, v, EXTENDED_UNIT);
      expect(r1, "R1").toBeLessThan(RATIO);
      expect(r2, "R2").toBeLessThan(RATIO);
      expect(r3, "R3").toBeLessThan(RATIO);
      expect(ordered, "R4").toBe(true);
      const alone = await engine.singularValues(matrix, extended);
      svd.singularValues.forEach((value, k) => {
        const bound = RATIO * EXTENDED_UNIT * Math.min(rows, cols) * (svd.singularValues[0] ?? 0);
        expect(Math.abs(value - (alone.singularValues[k] ?? Number.NaN))).toBeLessThanOrEqual(bound);
      });
    },
  );
});

/**
 * The largest |columnᵀcolumn − 1| and |columnᵀcolumn| of a matrix of `count` columns, its sums compensated (Neumaier).
 */
function worstDefect(columns: Float64Array, count: number): number {
  let worst = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let [sum, lost] = [i === j ? -1 : 0, 0];
      for (let row = 0; row < columns.length; row += count) {
        const term = (columns[row + i] ?? 0) * (columns[row + j] ?? 0);
        const next = sum + term;
        lost += Math.abs(sum) > Math.abs(term) ? sum - next + term : term - next + sum;
        sum = next;
      }
      worst = Math.max(worst, Math.abs(sum + lost));
    }
  }
  return worst;
}

describe("few directions: U and V orthonormal to 2⁻⁴⁴, σ within the floor", () => {
  // Rows i, i + rank, … are equal, and those with different i share no column: σ = |row i| · √(number of its copies).
  const pattern = (n: number, rank: number, zeros: number) => {
    const values = joinTwoFloat(splitTwoFloat(createRandom(n + rank).normals(n)));
    const entry = (row: number, col: number) => (row < n - zeros && row % rank === col % rank ? (values[col] ?? 0) : 0);
    const exact = Array.from({ length: rank }, (_, i) => {
      const square = values.reduce((sum, value, col) => sum + (col % rank === i ? value * value : 0), 0);
      return Math.sqrt(square * Math.ceil((n - zeros - i) / rank));
    }).sort((a, b) => b - a);
    return { entry, exact };
  };
  const ones = (n: number) => ({ entry: () => 1, exact: [n] });
  const cases: Record<string, [n: number, { entry: (row: number, col: number) => number; exact: number[] }]> = {
    "ones, n = 32": [32, ones(32)],
    "ones, n = 128": [128, ones(128)],
    "ones, n = 300": [300, ones(300)],
    "rank 1, n = 128": [128, pattern(128, 1, 0)],
    "rank 2, n = 32": [32, pattern(32, 2, 0)],
    "rank 2 and 20 zero rows, n = 128": [128, pattern(128, 2, 20)],
    "rank 3 and a zero row, n = 32": [32, pattern(32, 3, 1)],
    "rank 5, n = 128": [128, pattern(128, 5, 0)],
  };
  test.for(Object.entries(cases))(
    "%s: equal rows, and equal columns",
    async ([, [n, { entry, exact }]], { engine }) => {
      for (const turned of [false, true]) {
        const entries = Float64Array.from({ length: n * n }, (_, i) => {
          const [row, col] = [Math.floor(i / n), i % n];
          return turned ? entry(col, row) : entry(row, col);
        });
        using matrix = await engine.matrix({ data: entries, rows: n, cols: n, precision: "extended" });
        using svd = await engine.svd(matrix, extended);
        expect(svd.converged).toBe(true);
        for (const [name, factor] of Object.entries({ U: svd.U, V: svd.V })) {
          expect(worstDefect(await factor.readExtended(), n), name).toBeLessThan(2 ** -44);
        }
        svd.singularValues.forEach((value, k) => {
          expect(Math.abs(value - (exact[k] ?? 0)), `σ${k}`).toBeLessThanOrEqual(svd.noiseFloor[0] ?? 0);
        });
      }
    },
  );
});

describe("size of the entries, against mpmath", () => {
  const unit = [1, 2, 3, 4, 5, 6.5];
  const ofUnit = [9.83886260342100247, 0.66841803611489533];
  const scaled = (factor: number) => ({ cols: 3, entries: unit, factor, exact: ofUnit });
  const cases: Record<string, { cols: number; entries: number[]; factor: number; exact: number[] }> = {
    "1e-44, subnormal": scaled(1e-44),
    "1e-40, subnormal": scaled(1e-40),
    "1e-36": scaled(1e-36),
    "1e-30": scaled(1e-30),
    "1e36": scaled(1e36),
    "up to 3.25e38": scaled(5e37),
    "σ₁ beyond float32": {
      cols: 2,
      entries: [3, -3, 3, 1],
      factor: 1e38,
      exact: [4.60555127546398949, 2.60555127546398935],
    },
    "3e38 beside 2e30 and 1e-36": {
      cols: 2,
      entries: [3, 1e-74, -3, 2e-8],
      factor: 1e38,
      exact: [4.24264068711928534, 1.41421356237309507e-8],
    },
  };
  test.for(Object.entries(cases))("%s", async ([, { cols, entries, factor, exact }], { engine }) => {
    using matrix = await engine.matrix({
      data: entries.map((value) => factor * value),
      rows: 2,
      cols,
      precision: "extended",
    });
    using svd = await engine.svd(matrix, extended);
    const floor = svd.noiseFloor[0] ?? 0;
    // The floor is relative to σ₁ down to where the entries' own last place, 2⁻¹⁷³, shows.
    expect(floor).toBeLessThanOrEqual(1e-13 * (svd.singularValues[0] ?? 0) + 2 ** -173 * Math.sqrt(entries.length));
    exact.forEach((value, k) => {
      expect(Math.abs((svd.singularValues[k] ?? 0) - factor * value)).toBeLessThanOrEqual(floor);
    });
    for (const factorMatrix of [svd.U, svd.V]) {
      expect(worstDefect(await factorMatrix.readExtended(), 2)).toBeLessThan(2 ** -44);
    }
    const kept = await matrix.readExtended();
    entries.forEach((value, i) => {
      const given = factor * value;
      expect(Math.abs((kept[i] ?? 0) - given)).toBeLessThanOrEqual(Math.max(2 ** -49 * Math.abs(given), 2 ** -174));
    });
  });
});
