import { describe, expect } from "vitest";
import {
  ArgumentError,
  type Engine,
  type LinearOperator,
  offsetBiases,
  offsetSamples,
  type TruncatedSvd,
} from "../../src/index.ts";
import { heavisideSvd, integrationFrequencies } from "../support/closed-forms.ts";
import { test } from "../support/engine.ts";
import { fill, randomMatrix, reluMatrix } from "../support/matrices.ts";
import { infiniteBelowZero, nanBelowZero } from "../support/non-finite.ts";
import { createRandom } from "../support/random.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

/** Entries of QᵀQ − I, for a matrix of orthonormal columns. */
function orthonormality(q: Float32Array, rows: number, cols: number): number {
  let worst = 0;
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? -1 : 0;
      for (let n = 0; n < rows; n++) sum += (q[n * cols + i] as number) * (q[n * cols + j] as number);
      worst = Math.max(worst, Math.abs(sum));
    }
  }
  return worst;
}

/** In units of σ₁: the residual that the iteration ends at, and roundings of a few products beside it. */
const TOLERANCE = 4 * 2 ** -20;

/** σ against a reference, U and V orthonormal, and Av = σu from the entries themselves. */
async function check(
  engine: Engine,
  a: LinearOperator,
  { entries, reference, components }: { entries: Float32Array; reference: ArrayLike<number>; components: number },
) {
  const { rows, cols } = a;
  const svd = await engine.truncatedSvd(a, { components });
  const top = (reference[0] as number) || 1;
  expect(svd.converged).toBe(true);
  expect(svd.singularValues).toHaveLength(components);
  const errors = svd.singularValues.map((s, k) => Math.abs(s - (reference[k] as number)));
  expect(Math.max(...errors) / top).toBeLessThan(TOLERANCE);
  const [u, v] = [await svd.U.read(), await svd.V.read()];
  expect(orthonormality(u, rows, components)).toBeLessThan(TOLERANCE);
  expect(orthonormality(v, cols, components)).toBeLessThan(TOLERANCE);
  for (let k = 0; k < components; k++) {
    for (let n = 0; n < rows; n++) {
      let sum = -(svd.singularValues[k] as number) * (u[n * components + k] as number);
      for (let m = 0; m < cols; m++) sum += (entries[n * cols + m] as number) * (v[m * components + k] as number);
      expect(Math.abs(sum) / top).toBeLessThan(TOLERANCE);
    }
  }
  svd.destroy();
}

describe("leading triplets", () => {
  test.for([
    [1, 1, 1],
    [5, 9, 5],
    [40, 17, 3],
    [60, 90, 8],
  ] as const)("random %i × %i, %i of them", async ([rows, cols, components], { engine }) => {
    const entries = randomMatrix(rows, cols);
    const reference = referenceSingularValues(entries, rows, cols);
    using a = await engine.matrix({ data: entries, rows, cols });
    await check(engine, a, { entries, reference, components });
  });

  const n = 1024;
  const input = { x: offsetSamples(n), b: offsetBiases(n) };

  test("of a scanned Heaviside at 1024, where σ is known", async ({ engine }) => {
    using a = await engine.activationOperator({ activation: "heaviside", ...input, form: "scan" });
    const entries = Float32Array.from({ length: n * n }, (_, i) => (i % n <= Math.floor(i / n) ? 1 : 0));
    await check(engine, a, { entries, reference: heavisideSvd(n).singularValues, components: 10 });
  });

  test("of a scanned ReLU at 1024, against LAPACK's SVD in float64", async ({ engine }) => {
    using stored = await engine.activationMatrix({ activation: "relu", ...input });
    using scanned = await engine.activationOperator({ activation: "relu", ...input, form: "scan" });
    // numpy.linalg.svd of the same matrix.
    const reference = [
      291.807737, 46.56338446, 16.62963502, 8.486262921, 5.133657314, 3.436603011, 2.460545834, 1.848160809,
      1.438895394, 1.151927998,
    ];
    await check(engine, scanned, { entries: await stored.read(), reference, components: 10 });
    const top = await engine.largestSingularValue(scanned);
    expect(Math.abs(top / 291.807737 - 1)).toBeLessThan(TOLERANCE);
  });

  test("σ₁ of ReLU at 2¹⁷ neurons, where sums are long, is that of integrating twice", async ({ engine }) => {
    const many = 2 ** 17;
    using a = await engine.activationOperator({ activation: "relu", x: offsetSamples(many), b: offsetBiases(many) });
    // σ₁/N → ω⁻², cos ω·cosh ω = −1, and at finite N, as for L²/N, (N + 1)² in place of N².
    const limit = many * (integrationFrequencies(2, 1)[0] as number) ** -2 * (1 + 1 / many) ** 2;
    expect(Math.abs((await engine.largestSingularValue(a)) / limit - 1)).toBeLessThan(TOLERANCE);
  });

  test("entries that are not finite", async ({ engine }) => {
    using finite = await engine.matrix({ data: [1, 2], rows: 1, cols: 2 });
    expect(await engine.largestSingularValue(finite)).toBeCloseTo(Math.sqrt(5), 5);
    for (const activation of [nanBelowZero, infiniteBelowZero]) {
      using notFinite = await engine.activationMatrix({ activation, x: [0.5, 1], b: [0, 0.75] });
      await expect(engine.largestSingularValue(notFinite)).rejects.toThrow(/holds NaN or infinity/);
    }
  });

  test("rank below K, several equal values, no entry but 0", async ({ engine }) => {
    const n = 30;
    const diagonal = (values: (i: number) => number) =>
      Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? values(i / (n + 1)) : 0));
    for (const [values, components] of [
      [(i: number) => (i < 4 ? 4 - i : 0), 6],
      [() => 1, 3],
      [() => 0, 2],
    ] as const) {
      const entries = diagonal(values);
      using a = await engine.matrix({ data: entries, rows: n, cols: n });
      const svd = await engine.truncatedSvd(a, { components });
      const errors = svd.singularValues.map((s, k) => Math.abs(s - values(k)));
      expect(Math.max(...errors)).toBeLessThan(4 * TOLERANCE);
      expect(orthonormality(await svd.U.read(), n, components)).toBeLessThan(TOLERANCE);
      expect(orthonormality(await svd.V.read(), n, components)).toBeLessThan(TOLERANCE);
      svd.destroy();
    }
  });
});

/** 2 on the diagonal, −1 beside it and in the corners: σ are 2 − 2cos(2πk/n), all but two of them twice. */
const circulant = (n: number) =>
  fill(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 || Math.abs(i - j) === n - 1 ? -1 : 0));

/** Entries ±1, any two rows orthogonal: every σ is √n. */
const hadamard = (n: number) =>
  fill(n, n, (i, j) => [...(i & j).toString(2)].reduce((sign, bit) => (bit === "1" ? -sign : sign), 1));

/** `copies` copies of a square block along the diagonal: every σ of it that many times. */
const repeated = (block: Float32Array, n: number, copies: number) =>
  fill(n * copies, n * copies, (i, j) =>
    Math.floor(i / n) === Math.floor(j / n) ? (block[(i % n) * n + (j % n)] as number) : 0,
  );

/** A circulant matrix of 4 × 4 blocks. */
const blockCirculant = (blocks: number) => {
  const entries = randomMatrix(4, 4 * blocks);
  return fill(4 * blocks, 4 * blocks, (i, j) => {
    const block = (Math.floor(j / 4) - Math.floor(i / 4) + blocks) % blocks;
    return entries[(i % 4) * 4 * blocks + 4 * block + (j % 4)] as number;
  });
};

const cosines = (n: number) => Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((2 * Math.PI * k) / n));
const descending = (values: ArrayLike<number>) => Float64Array.from(values).sort().reverse();

describe("repeated σ", () => {
  const equal = fill(40, 70, (i, j) => +(i === j));
  const square = hadamard(64);
  const wide = fill(64, 90, (i, j) => (j < 64 ? (square[i * 64 + j] as number) : 0));
  /** Each σ of a block, once for each copy of the block. */
  const times = (block: Float32Array, n: number, copies: number) =>
    Array.from(referenceSingularValues(block, n, n)).flatMap((sigma) => new Array<number>(copies).fill(sigma));
  const cases: Record<string, [entries: Float32Array, rows: number, cols: number, reference: ArrayLike<number>]> = {
    "circulant second difference": [circulant(40), 40, 40, descending(cosines(40))],
    "Hadamard 64": [square, 64, 64, new Float64Array(64).fill(8)],
    "Hadamard 64, and 26 columns of 0": [wide, 64, 90, new Float64Array(64).fill(8)],
    "part of the identity": [equal, 40, 70, new Float64Array(40).fill(1)],
    "9 random blocks": [repeated(randomMatrix(7, 7), 7, 9), 63, 63, times(randomMatrix(7, 7), 7, 9)],
    "3 blocks of ReLU": [repeated(reluMatrix(30), 30, 3), 90, 90, times(reluMatrix(30), 30, 3)],
    "block circulant": [blockCirculant(16), 64, 64, referenceSingularValues(blockCirculant(16), 64, 64)],
    "one σ of 2, 29 of 1": [
      fill(30, 50, (i, j) => (i === j ? (i === 17 ? 2 : 1) : 0)),
      30,
      50,
      Float64Array.from({ length: 30 }, (_, k) => (k === 0 ? 2 : 1)),
    ],
  };
  for (const [name, [entries, rows, cols, reference]] of Object.entries(cases)) {
    test.for([1, 3, 8, Math.min(rows, cols)])(`${name}, %i of them`, async (components, { engine }) => {
      using a = await engine.matrix({ data: entries, rows, cols });
      await check(engine, a, { entries, reference, components });
    });
  }

  test("a search that ends before it has converged says so", async ({ engine }) => {
    using a = await engine.matrix({ data: circulant(400), rows: 400, cols: 400 });
    using svd = await engine.truncatedSvd(a, { components: 3, maxRestarts: 2 });
    expect(svd.converged).toBe(false);
  });
});

describe("any scale of finite entries", () => {
  const sign = (x: number) => (x < 0 ? -1 : 1);
  const random = randomMatrix(20, 30);
  const cases: Record<string, [rows: number, cols: number, unit: number, entries: Float32Array]> = {
    "1e25 throughout": [20, 20, 1e25, fill(20, 20, () => 1)],
    "3e38 throughout": [20, 20, 3e38, fill(20, 20, () => 1)],
    "1.2e-38 throughout": [20, 20, 1.2e-38, fill(20, 20, () => 1)],
    "one of −3e38": [1, 1, 3e38, fill(1, 1, () => -1)],
    "up to ±3e38": [20, 30, 3e38, random.map((x) => sign(x) * Math.min(1, Math.abs(x)))],
    "from ±1.2e-38": [20, 30, 1.2e-38, random.map((x) => sign(x) * Math.max(1, 4 * Math.abs(x)))],
    "0 throughout": [20, 9, 1, new Float32Array(180)],
    "ones of rank 1 at 2⁻⁷⁰": [12, 9, 2 ** -70, fill(12, 9, () => 1)],
    "random at 2⁻⁷⁰": [12, 9, 2 ** -70, randomMatrix(12, 9)],
    "random at 2⁶⁰": [12, 9, 2 ** 60, randomMatrix(12, 9)],
  };
  test.for(Object.entries(cases))("%s", async ([, [rows, cols, unit, shape]], { engine }) => {
    const entries = shape.map((value) => value * unit);
    const reference = referenceSingularValues(shape, rows, cols).map((value) => value * Math.fround(unit));
    using a = await engine.matrix({ data: entries, rows, cols });
    for (const components of new Set([1, Math.min(rows, 2), Math.min(rows, cols)])) {
      await check(engine, a, { entries, reference, components });
    }
  });
});

describe("claims on awkward matrices", () => {
  const { normal, uniform } = createRandom(11);
  const pattern = Float64Array.from({ length: 3 * 100 }, normal);
  const cases: Record<string, [rows: number, cols: number, entry: (row: number, col: number) => number]> = {
    "random, 200000 × 16": [200000, 16, normal],
    "random, 64 × 20000": [64, 20000, normal],
    "0.1 throughout, 64 × 20000": [64, 20000, () => 0.1],
    "0.3 throughout, 20000 × 7": [20000, 7, () => 0.3],
    "0.7 throughout, 58 × 32": [58, 32, () => 0.7],
    "ones, 60 × 40": [60, 40, () => 1],
    "three rows over and over, 3000 × 100": [3000, 100, (i, j) => pattern[(i % 3) * 100 + j] as number],
    "three columns over and over, 100 × 3000": [100, 3000, (i, j) => pattern[(j % 3) * 100 + i] as number],
    "rows of 0.9, one of 1.01, 300 × 100": [300, 100, (i) => (i === 7 ? 1.01 : 0.9)],
    "between 0 and 1, 500 × 120": [500, 120, uniform],
    "one number, 1 × 5000": [1, 5000, () => 0.3],
  };
  test.for(Object.entries(cases))("%s", async ([, [rows, cols, entry]], { engine }) => {
    const entries = fill(rows, cols, entry);
    const most = Math.min(rows, cols);
    const reference = exactSingularValues(entries, rows, cols);
    const top = reference[0] as number;
    using a = await engine.matrix({ data: entries, rows, cols });
    using svd = await engine.truncatedSvd(a, { components: Math.min(3, most) });
    const exact = await exactResiduals(svd, entries);
    const [noiseFloor] = svd.noiseFloor as unknown as [number];
    expect(noiseFloor / top).toBeLessThan(6e-7);
    svd.residuals.forEach((residual, k) => {
      const sigma = svd.singularValues[k] as number;
      expect(residual, `residual ${k}`).toBeGreaterThanOrEqual(exact[k] as number);
      expect(residual / top, `residual ${k}`).toBeLessThan(TOLERANCE);
      expect(Math.min(...reference.map((s) => Math.abs(s - sigma))), `σ ${k}`).toBeLessThanOrEqual(residual);
      if ((reference[k] as number) < 1e-9 * top) expect(sigma).toBeLessThanOrEqual(noiseFloor);
    });
    const largest = await engine.largestSingularValue(a);
    expect(Math.abs(largest / top - 1), "σ₁").toBeLessThan(1e-6);
  });
});

/**
 * σ of float32 entries, in float64: from the Gram matrix of the shorter side, so that those below 1e-8·σ₁ count as 0.
 */
function exactSingularValues(entries: Float32Array, rows: number, cols: number): Float64Array {
  const [n, length] = [Math.min(rows, cols), Math.max(rows, cols)];
  const at = (i: number, k: number) => (rows < cols ? entries[i * cols + k] : entries[k * cols + i]) as number;
  const gram = new Float64Array(n * n);
  for (let k = 0; k < length; k++) {
    for (let i = 0; i < n; i++) {
      const value = at(i, k);
      for (let j = 0; j <= i; j++) gram[i * n + j] = (gram[i * n + j] as number) + value * at(j, k);
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram[j * n + i] = gram[i * n + j] as number;
  const squares = referenceSingularValues(gram, n, n);
  return squares.map((square) => (square > 1e-13 * (squares[0] as number) ? Math.sqrt(square) : 0));
}

/** √(‖Av − σu‖² + ‖Aᵀu − σv‖²) in float64, of U, σ and V as they were returned. */
async function exactResiduals({ U, singularValues, V }: TruncatedSvd, entries: Float32Array): Promise<Float64Array> {
  const [u, v] = [await U.read(), await V.read()];
  const count = singularValues.length;
  return singularValues.map((sigma, k) => {
    const right = Float64Array.from({ length: V.rows }, (_, m) => -sigma * (v[m * count + k] as number));
    let sum = 0;
    for (let n = 0; n < U.rows; n++) {
      let left = -sigma * (u[n * count + k] as number);
      for (let m = 0; m < V.rows; m++) {
        const entry = entries[n * V.rows + m] as number;
        left += entry * (v[m * count + k] as number);
        right[m] = (right[m] as number) + entry * (u[n * count + k] as number);
      }
      sum += left * left;
    }
    return Math.sqrt(right.reduce((total, value) => total + value * value, sum));
  });
}

test("what cannot be, an abort, and what is freed", async ({ engine }) => {
  using a = await engine.matrix({ data: randomMatrix(2, 12 * 12), rows: 12, cols: 12, batch: 2 });
  await expect(engine.truncatedSvd(a, { components: 1 })).rejects.toThrow(ArgumentError);
  using one = await engine.matrix({ data: randomMatrix(12, 20), rows: 12, cols: 20 });
  await expect(engine.truncatedSvd(one, { components: 13 })).rejects.toThrow(
    "components: 13 given, at most 12 expected",
  );
  const held = engine.memory;
  const abort = new AbortController();
  const call = engine.truncatedSvd(one, { components: 3, signal: abort.signal });
  abort.abort(new Error("enough"));
  await expect(call).rejects.toThrow("enough");
  expect(engine.memory).toEqual(held);
  (await engine.truncatedSvd(one, { components: 3 })).destroy();
  expect(engine.memory).toEqual(held);
});
