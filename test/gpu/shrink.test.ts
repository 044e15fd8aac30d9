import { describe, expect } from "vitest";
import { selectTwoFloat, type TwoFloatForm } from "../../src/adapter/two-float-check.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import type { Matrix } from "../../src/gpu/matrix.ts";
import { ArgumentError, discrepancyIterations, type Mask, masks, methods, NotFiniteError } from "../../src/index.ts";
import { multiply } from "../../src/svd/multiply.ts";
import { test } from "../support/engine.ts";
import { type Dataset, longley, wamplers } from "../support/nist.ts";
import { largest } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";

const extended = { precision: "extended" } as const;

/** What products in two-floats lose of Σ|a·b| at maxIterations: Dot2's bound, and the roundings that join its sums. */
const EPSILON = 2 ** -44;

const leastSquares = masks.ridge({ lambda: 0 });

/** The sum, and the sum of magnitudes, of `count` terms, compensated (Neumaier): to 2⁻⁵³ of the latter. */
function sums(count: number, term: (i: number) => number): [sum: number, magnitudes: number] {
  let [sum, lost, magnitudes] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = term(i);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
    magnitudes += Math.abs(value);
  }
  return [sum + lost, magnitudes];
}

describe("products with singular vectors", () => {
  const formOf = async (gpu: Gpu) => (await selectTwoFloat(gpu)) as TwoFloatForm;

  // Around the 8 terms and 8 elements of a workgroup and the 64 of a chunk; many, so that a software adapter splits
  // them.
  test.for([
    [1, 1, 1, 1],
    [7, 9, 1, 3],
    [8, 8, 2, 2],
    [70, 65, 2, 2],
    [513, 3, 1, 2],
    [1100, 1000, 1, 1],
  ] as const)("in two-floats, %i × %i, batch %i, %i runs", async ([rows, cols, batch, runs], { engine, device }) => {
    const gpu = new Gpu(device);
    const { normals } = createRandom(rows + cols);
    using Q = await engine.matrix({ data: normals(batch * rows * cols), rows, cols, batch, precision: "extended" });
    const q = await Q.readExtended();
    for (const transposed of [false, true]) {
      const [inner, outer] = transposed ? [rows, cols] : [cols, rows];
      const vectors = normals(runs * inner);
      const [product] = await multiply(gpu, await formOf(gpu), [{ Q, transposed, vectors, runs }]);
      expect(product).toHaveLength(runs * outer);
      product.forEach((value, at) => {
        const [run, i] = [Math.floor(at / outer), at % outer];
        const first = batch > 1 ? run * rows * cols : 0;
        const [exact, magnitudes] = sums(inner, (j) => {
          const entry = q[first + (transposed ? j * cols + i : i * cols + j)] as number;
          return entry * (vectors[run * inner + j] as number);
        });
        if (!(Math.abs(value - exact) <= EPSILON * magnitudes)) throw new Error(`[${at}]: ${value}, not ${exact}`);
      });
    }
  });

  // The roundings of equal terms all have one sign.
  test.for([128, 1000, 2 ** 17 + 3])(
    "in two-floats, %i equal terms, and as many of one sign",
    async (rows, { engine, device }) => {
      const gpu = new Gpu(device);
      const { uniform } = createRandom(17);
      const equal = [1 / 3, Math.PI / 4, 0.1, 1 / 7];
      const cols = equal.length + 1;
      const entries = Float64Array.from({ length: rows * cols }, (_, i) => equal[i % cols] ?? uniform());
      using Q = await engine.matrix({ data: entries, rows, cols, precision: "extended" });
      const q = await Q.readExtended();
      for (const vectors of [new Float64Array(rows).fill(1 / 3), Float64Array.from({ length: rows }, uniform)]) {
        const [product] = await multiply(gpu, await formOf(gpu), [{ Q, transposed: true, vectors, runs: 1 }]);
        product.forEach((value, col) => {
          const [exact] = sums(rows, (row) => (q[row * cols + col] as number) * (vectors[row] as number));
          expect(Math.abs(value - exact)).toBeLessThanOrEqual(EPSILON * exact);
        });
      }
    },
  );

  test.for(["single", "extended"] as const)(
    "%s: each run has a scale of its own",
    async (precision, { engine, device }) => {
      const gpu = new Gpu(device);
      const { normals } = createRandom(5);
      using Q = await engine.matrix({ data: normals(12), rows: 4, cols: 3, precision });
      const vector = normals(3);
      const exponents = [0, -1000, -150, -126, 127, 900];
      const vectors = Float64Array.from(exponents.flatMap((e) => Array.from(vector, (value) => value * 2 ** e)));
      const product = { Q, transposed: false, vectors, runs: exponents.length };
      const [scaled] = await multiply(gpu, await formOf(gpu), [product]);
      exponents.forEach((e, run) => {
        for (let i = 0; i < 4; i++) expect(scaled[4 * run + i]).toBe((scaled[i] as number) * 2 ** e);
      });
      const [none] = await multiply(gpu, await formOf(gpu), [
        { Q, transposed: false, vectors: new Float64Array(6), runs: 2 },
      ]);
      expect(none).toEqual(new Float64Array(8));
    },
  );
});

describe("extended precision to the end", () => {
  // ε·κ is 2.3e-8 for two-floats' ε = 2⁻⁴⁸ and Wampler's κ of 6.4e6; a second look at y's rest takes most of it back.
  // The residual of Wampler3 to 5, up to 19 times ‖Aw‖, comes in by what U's columns lie outside of A's. Measured
  // (SwiftShader, lavapipe): 1.2e-10, 1.9e-10; 7.9e-10, 9.5e-11; 8.7e-12, 1.0e-11; 1.7e-9, 9.8e-10; 7.9e-8, 1.1e-7;
  // 8.0e-6, 1.1e-5.
  test.for([
    ["Longley", longley, 1e-8],
    ["Wampler1", wamplers[0], 5e-9],
    ["Wampler2", wamplers[1], 1e-9],
    ["Wampler3", wamplers[2], 5e-9],
    ["Wampler4", wamplers[3], 5e-7],
    ["Wampler5", wamplers[4], 5e-5],
  ] as [string, Dataset, number][])("%s of NIST's reference datasets", async ([, data, tolerance], { engine }) => {
    const { design, y, rows, cols, residual } = data;
    using matrix = await engine.matrix({ data: design, rows, cols, precision: "extended" });
    using svd = await engine.svd(matrix, extended);
    const { weights, prediction } = await engine.shrink(svd, y, leastSquares);
    data.coefficients.forEach((certified, j) => {
      const error = Math.abs((weights[j] as number) - certified);
      expect(error, `coefficient ${j}`).toBeLessThan(tolerance * Math.abs(certified));
    });

    const [u, v] = [await svd.U.readExtended(), await svd.V.readExtended()];
    const at = (matrix: Float64Array, row: number, col: number) => matrix[row * cols + col] as number;
    const exact = Array.from({ length: cols }, (_, k) => sums(rows, (i) => at(u, i, k) * (y[i] as number)));
    const [{ coefficients, outside }] = await engine.project(svd, y);
    coefficients.forEach((c, k) => {
      const [value = 0, magnitudes = 0] = exact[k] ?? [];
      expect(Math.abs(c - value)).toBeLessThanOrEqual(EPSILON * magnitudes);
    });
    const expectSum = (computed: number, value: (k: number) => number, share: (k: number) => number) => {
      const [sum] = sums(cols, (k) => value(k) * (exact[k]?.[0] as number));
      const [bound] = sums(cols, (k) => Math.abs(share(k)) * (exact[k]?.[1] as number));
      expect(Math.abs(computed - sum)).toBeLessThanOrEqual(2 * EPSILON * bound);
    };
    weights.forEach((w, j) => {
      const entry = (k: number) => at(v, j, k) / (svd.singularValues[k] as number);
      expectSum(w, entry, entry);
    });
    prediction.forEach((value, i) => {
      const entry = (k: number) => at(u, i, k);
      expectSum(value, entry, entry);
    });
    const [square] = sums(rows, (i) => (y[i] as number) ** 2);
    expect(Math.abs(outside - residual)).toBeLessThan(1e-9 * residual + rows * EPSILON ** 2 * square);
  });

  test("a batch, one run a matrix, equals its matrices one by one", async ({ engine }) => {
    const { normals } = createRandom(11);
    const [rows, cols] = [9, 5];
    const [entries, y] = [normals(2 * rows * cols), normals(2 * rows)];
    using both = await engine.matrix({ data: entries, rows, cols, batch: 2, precision: "extended" });
    using svd = await engine.svd(both, extended);
    const mask = masks.ridge({ lambda: 0.5 });
    const { weights, prediction } = await engine.shrink(svd, y, mask);
    for (const i of [0, 1]) {
      using one = await engine.matrix({
        data: entries.subarray(i * rows * cols, (i + 1) * rows * cols),
        rows,
        cols,
        precision: "extended",
      });
      using alone = await engine.svd(one, extended);
      const fit = await engine.shrink(alone, y.subarray(i * rows, (i + 1) * rows), mask);
      fit.weights.forEach((w, j) => void expect(weights[i * cols + j]).toBeCloseTo(w, 11));
      fit.prediction.forEach((value, j) => void expect(prediction[i * rows + j]).toBeCloseTo(value, 11));
    }
  });
});

describe("numbers of any size", () => {
  const [rows, cols] = [6, 4];
  const entries = createRandom(3).normals(rows * cols);
  const y = createRandom(4).normals(rows);

  test.for(["single", "extended"] as const)(
    "%s: what is of y's size in y is so in ŷ and w",
    async (precision, { engine }) => {
      using matrix = await engine.matrix({ data: entries, rows, cols, precision });
      using svd = await engine.svd(matrix, { precision });
      const unit = await engine.shrink(svd, y, leastSquares);
      const [known] = await engine.project(svd, y);
      for (const exponent of [-500, -140, -100, 127, 400]) {
        const scale = 2 ** exponent;
        const scaled = y.map((value) => value * scale);
        const { prediction, weights } = await engine.shrink(svd, scaled, leastSquares);
        expect(prediction).toEqual(unit.prediction.map((value) => value * scale));
        expect(weights).toEqual(unit.weights.map((value) => value * scale));
        const [{ coefficients, outside }] = await engine.project(svd, scaled);
        expect(coefficients).toEqual(known.coefficients.map((value) => value * scale));
        expect(outside).toBe(known.outside * scale * scale);
      }
    },
  );

  test("y of 3e38, whose coefficients are beyond float32", async ({ engine }) => {
    using ones = await engine.matrix({ data: new Float32Array(64).fill(1), rows: 16, cols: 4 });
    using svd = await engine.svd(ones);
    const { prediction, weights } = await engine.shrink(
      svd,
      new Float64Array(16).fill(3e38),
      masks.pca({ threshold: 1 }),
    );
    prediction.forEach((value) => void expect(Math.abs(value / 3e38 - 1)).toBeLessThan(2 ** -20));
    weights.forEach((value) => void expect(Math.abs(value / 0.75e38 - 1)).toBeLessThan(2 ** -20));
  });

  test.for([1e-30, 1e30])("A of %f", async (size, { engine }) => {
    using matrix = await engine.matrix({
      data: entries.map((value) => value * size),
      rows,
      cols,
      precision: "extended",
    });
    using svd = await engine.svd(matrix, extended);
    using one = await engine.matrix({ data: entries, rows, cols, precision: "extended" });
    using unit = await engine.svd(one, extended);
    const [{ weights }, fit] = [await engine.shrink(svd, y, leastSquares), await engine.shrink(unit, y, leastSquares)];
    const bound = 2 ** -36 * largest(fit.weights); // A·1e±30 rounds anew, and float32's range ends the low parts early
    weights.forEach((w, j) => void expect(Math.abs(w * size - (fit.weights[j] as number))).toBeLessThan(bound));
  });

  test("what is not finite is named", async ({ engine }) => {
    using tiny = await engine.matrix({ data: [1e-30, 0, 0, 2e-30], rows: 2, cols: 2 });
    using svd = await engine.svd(tiny);
    const refused = (target: number[], mask: Mask = leastSquares) => expect(engine.shrink(svd, target, mask)).rejects;
    await refused([1e300, 0]).toThrow(/^weights\[\d\]: .* computed, a finite number expected/);
    await refused([1, Number.NaN]).toThrow("y[1]: NaN given, a finite number expected");
    await refused([1, 1], () => Number.NEGATIVE_INFINITY).toThrow("mask[0]: -Infinity given");
    await refused([1, 1], () => Number.NaN).toThrow(NotFiniteError);
    await expect(engine.project(svd, [Number.POSITIVE_INFINITY, 1])).rejects.toThrow("y[0]: Infinity given");
  });
});

describe("the noise floor", () => {
  /** Masks that keep whatever is not 0, noise too. */
  const keeping = (first: number): [string, Mask][] => {
    const learningRate = first ** -2;
    return [
      ["ridge", leastSquares],
      ["pca", masks.pca({ threshold: 0 })],
      ["gradientDescent", masks.gradientDescent({ learningRate, iterations: 2 ** 52 })],
      ["gradientFlow", masks.gradientFlow({ learningRate, iterations: 1e30 })],
      ["iteratedTikhonov", methods.iteratedTikhonov({ lambda: 1e-30 * first * first }).mask(5)],
    ];
  };
  const row = [-0.5, -0.5, 1, -1.5, 1.5, 0];

  test("σ below it is 0 to every mask: one direction that float32 sees as two", async ({ engine }) => {
    using matrix = await engine.matrix({ data: [...row, ...row.map((value) => -value)], rows: 2, cols: 6 });
    using svd = await engine.svd(matrix);
    const [first = 0, second = 0] = svd.singularValues;
    expect(second).toBeLessThan(svd.noiseFloor[0] as number);
    for (const [name, mask] of keeping(first)) {
      const { weights, prediction } = await engine.shrink(svd, [1, -1], mask);
      // w = a/‖a‖² for Aw = (aᵀw, −aᵀw) = (1, −1).
      weights.forEach((w, j) => void expect(Math.abs(w - (row[j] as number) / 6), name).toBeLessThan(2 ** -20));
      prediction.forEach((value, i) => void expect(Math.abs(value - (i === 0 ? 1 : -1)), name).toBeLessThan(2 ** -20));
    }
    expect((await engine.project(svd, [1, -1]))[0].singularValues).toEqual(Float64Array.of(first, 0));
  });

  test("a truncated SVD has one as well", async ({ engine }) => {
    using matrix = await engine.matrix({ data: [...row, ...row.map((value) => -value)], rows: 2, cols: 6 });
    using svd = await engine.truncatedSvd(matrix, { components: 2 });
    for (const [name, mask] of keeping(svd.singularValues[0] as number)) {
      const { weights } = await engine.shrink(svd, [1, -1], mask);
      weights.forEach((w, j) => void expect(Math.abs(w - (row[j] as number) / 6), name).toBeLessThan(2 ** -20));
    }
  });

  test("`cutoff` takes its place, and an SVD without a floor has none", async ({ engine }) => {
    using matrix = await engine.matrix({ data: [3, 0, 0, 0, 2, 0, 0, 0, 1e-9], rows: 3, cols: 3 });
    using svd = await engine.svd(matrix);
    const { U, V, singularValues } = svd;
    const y = [3, 2, 1e-9];
    const weightsOf = async (
      parts: typeof svd | { U: Matrix; V: Matrix; singularValues: Float64Array },
      cutoff?: number,
    ) => (await engine.shrink(parts, y, leastSquares, cutoff === undefined ? {} : { cutoff })).weights;
    const expectClose = (weights: Float64Array, exact: number[]) =>
      exact.forEach((value, j) => void expect(Math.abs((weights[j] as number) - value)).toBeLessThan(2 ** -20));
    expectClose(await weightsOf(svd), [1, 1, 0]);
    expectClose(await weightsOf(svd, 0), [1, 1, 1]);
    expectClose(await weightsOf({ U, V, singularValues }), [1, 1, 1]);
    expectClose(await weightsOf(svd, 2.5), [1, 0, 0]);
    expectClose(await weightsOf(svd, singularValues[1]), [1, 1, 0]);
    for (const cutoff of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(weightsOf(svd, cutoff)).rejects.toThrow(`cutoff: ${cutoff} given, a finite number of at least 0`);
    }
    await expect(engine.shrink({ ...svd, noiseFloor: new Float64Array(2) }, y, leastSquares)).rejects.toThrow(
      ArgumentError,
    );
  });

  test("each matrix of a batch has its own", async ({ engine }) => {
    using matrix = await engine.matrix({
      data: [1, 1e-3, 1, -1e-3, 1e10, 1e-3, 1e10, -1e-3],
      rows: 2,
      cols: 2,
      batch: 2,
    });
    using svd = await engine.svd(matrix);
    const { weights } = await engine.shrink(svd, [1, -1, 1, -1], leastSquares);
    // y is a multiple of u₂: w = (0, 1000) where σ₂ = √2·10⁻³ is distinguished from noise, and 0 where it is not.
    [0, 1000, 0, 0].forEach((w, j) => void expect(Math.abs((weights[j] as number) - w)).toBeLessThan(0.01));
  });

  test("a rule for stopping knows that noise is not fitted", async ({ engine }) => {
    using matrix = await engine.matrix({ data: row.flatMap((value) => [value, -value]), rows: 6, cols: 2 });
    using svd = await engine.svd(matrix);
    expect(svd.singularValues[1]).toBeGreaterThan(0);
    const y = [3, 1, 4, 1, 5, 9];
    const [projection] = await engine.project(svd, y);
    const { prediction } = await engine.shrink(svd, y, leastSquares);
    const left = y.reduce((sum, value, i) => sum + (value - (prediction[i] as number)) ** 2, 0);
    const method = methods.iteratedTikhonov({ lambda: 1e-30 }); // whose mask is 1 for every σ that may be
    const iterationsAt = (square: number) =>
      discrepancyIterations({ method, maxIterations: 100, noise: Math.sqrt(square / 6), tau: 1, ...projection });
    expect(iterationsAt(1.001 * left)).toBe(1);
    expect(iterationsAt(0.999 * left)).toBe(100);
  });
});
