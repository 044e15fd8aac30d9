import { describe, expect } from "vitest";
import { loadTriangle } from "../../shaders/load-working.ts";
import { shapesOf } from "../../src/adapter/shapes.ts";
import { LimitError } from "../../src/errors.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { prepareApplyQ, prepareLongQr } from "../../src/svd/long-qr.ts";
import { rowLayout, triangleParams, workingBytes, workingLayout } from "../../src/svd/working-matrix.ts";
import { test } from "../support/gpu.ts";
import { adapters } from "../support/kernel-table.ts";
import { lapackRatios } from "../support/lapack-ratios.ts";
import { fill, randomMatrix } from "../support/matrices.ts";
import { ULP } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";
import { readFloats, readWords } from "../support/read.ts";
import { withSpectrum } from "../support/spectra.ts";
import { stubDevice } from "../support/stub-device.ts";

/**
 * LAPACK's bound for its own QR, 30 (TESTING/lin), is for blocked factors of any size; a reflector here leaves an error
 * of a few ulps at most, at random, so that n of them stay within n ulps: measured up to 2, at 1 × 1.
 */
const RATIO = 10;

/**
 * How many times farther from the span of the pivots a row may be than the next pivot. Exact pivoting gives 1. A sketch of d
 * dimensions errs by √(2/d). For the last row of a panel, d is 1 on a GPU and 17 elsewhere. Measured: 5.3.
 */
const PIVOT_RATIO = 16;

/** A distance from the span of the longer rows that counts as 0. */
const NO_DISTANCE = 2 ** -40;

/** P·R = L·Q of one matrix: `left` = PᵀL is n × n with the rows of R in their order, `q` n × m; row-major. */
interface Factors {
  readonly left: Float32Array;
  readonly q: Float32Array;
  readonly pivots: Uint32Array;
}

/**
 * Factors a batch of n × m, row-major. The rows that fill up a working matrix, which no kernel may take into account,
 * hold NaN.
 */
async function factor(
  gpu: Gpu,
  entries: Float32Array,
  [n, m, batch]: readonly number[],
  shape = shapesOf(gpu).reflectors,
): Promise<Factors[]> {
  const [rows, cols, matrices] = [n ?? 0, m ?? 0, batch ?? 1];
  const layout = workingLayout(rows, cols, matrices, false);
  const triangle = workingLayout(rows, rows, matrices, true);
  const [pad, trianglePad] = [4 * layout.rowStride, 4 * triangle.rowStride];
  const padded = (entry: (matrix: number, row: number, col: number) => number) =>
    fill(matrices * layout.workingRows, pad, (line, col) => {
      const [matrix, row] = [Math.floor(line / layout.workingRows), line % layout.workingRows];
      if (row >= rows) return Number.NaN;
      return col < cols ? entry(matrix, row, col) : 0;
    });
  const [qr, copyTriangle, applyQ] = await Promise.all([
    prepareLongQr(gpu, shape),
    loadTriangle.on(gpu),
    prepareApplyQ(gpu, shape),
  ]);
  return gpu.withArena(async (arena) => {
    const working = arena.upload(
      "R",
      padded((matrix, row, col) => entries[(matrix * rows + row) * cols + col] ?? Number.NaN),
    );
    const transposed = arena.storage("Lᵀ", workingBytes(triangle));
    const { steps, ...factored } = qr(arena, working, layout, true);
    const { top } = factored;
    const [topRows, topPad] = [top.layout.workingRows, 4 * top.layout.rowStride];
    const identity = arena.upload(
      "[I 0]",
      fill(matrices * topRows, topPad, (line, col) => Number(line % topRows === col)),
    );
    await execute(gpu, [
      ...steps,
      ...copyTriangle(arena, {
        ...triangleParams(top.layout, triangle),
        pivots: top.qr.pivots,
        factored: top.working,
        working: transposed,
      }),
      {
        kind: "copy",
        source: identity,
        sourceOffset: 0,
        target: top.working,
        targetOffset: 0,
        bytes: matrices * topRows * topPad * 4,
      },
      ...applyQ(arena, factored),
    ]);
    const [left, q, pivots] = await Promise.all([
      readFloats(gpu, transposed, matrices * triangle.workingRows * trianglePad),
      readFloats(gpu, working, matrices * layout.workingRows * pad),
      readWords(gpu, top.qr.pivots, matrices * topRows),
    ]);
    return Array.from({ length: matrices }, (_, matrix) => {
      const at = (row: number) => matrix * layout.workingRows + row;
      // The identity follows Lᵀ; all other entries are 0.
      for (let row = 0; row < triangle.workingRows; row++) {
        const identity = Array.from(
          left.subarray(at(row) * trianglePad + 4 * triangle.cols, at(row + 1) * trianglePad),
        );
        expect(identity).toEqual(identity.map((_, col) => Number(row < rows && row === col)));
        const behind = left.subarray(
          at(row) * trianglePad + (row < rows ? rows : 0),
          at(row) * trianglePad + 4 * triangle.cols,
        );
        expect(behind.every((value) => value === 0)).toBe(true);
      }
      return {
        left: fill(rows, rows, (i, k) => left[at(k) * trianglePad + i] ?? Number.NaN),
        q: fill(rows, cols, (k, col) => q[at(k) * pad + col] ?? Number.NaN),
        pivots: pivots.slice(matrix * topRows, matrix * topRows + rows),
      };
    });
  });
}

/** All that holds for the factors of any matrix. Products in float64. */
function expectFactors(entries: Float32Array, n: number, m: number, { left, q, pivots }: Factors): void {
  expect(Array.from(pivots).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, row) => row));
  const { r1, r3 } = lapackRatios(
    entries,
    n,
    m,
    left,
    new Float32Array(n).fill(1),
    fill(m, n, (col, k) => q[k * m + col] ?? Number.NaN),
  );
  expect((r1 * m) / n, "‖P·R − L·Q‖₁/(‖R‖₁·n·ulp)").toBeLessThan(RATIO);
  expect(r3, "‖I − QQᵀ‖₁/(m·ulp)").toBeLessThan(RATIO);

  // The rest of each row, relative to its own length.
  for (let row = 0; row < n; row++) {
    let [error, square] = [0, 0];
    for (let col = 0; col < m; col++) {
      const entry = entries[row * m + col] ?? Number.NaN;
      let rest = entry;
      for (let k = 0; k < n; k++) rest -= (left[row * n + k] ?? Number.NaN) * (q[k * m + col] ?? Number.NaN);
      error += rest * rest;
      square += entry * entry;
    }
    const allowed = RATIO * n * ULP * Math.sqrt(square) + Math.sqrt(n) * NO_DISTANCE;
    expect(Math.sqrt(error), `row ${row}`).toBeLessThanOrEqual(allowed);
  }

  // L is a triangle, and no row that remains is much farther from the span of the pivots than the next one.
  const lengthFrom = (row: number, k: number) => Math.hypot(...left.subarray(row * n + k, (row + 1) * n));
  const noise = RATIO * n * ULP * lengthFrom(pivots[0] ?? 0, 0) + NO_DISTANCE;
  let worst = 0;
  pivots.forEach((row, k) => {
    for (let col = k + 1; col < n; col++) expect(left[row * n + col]).toBe(0);
    const farthest = Math.max(...Array.from(pivots.subarray(k), (other) => lengthFrom(other, k)));
    worst = Math.max(worst, (farthest - noise) / Math.abs(left[row * n + k] ?? Number.NaN));
  });
  expect(worst, "a row that remains, over the pivot").toBeLessThan(PIVOT_RATIO);
}

/** The diagonal of L. */
function diagonalOf({ left, pivots }: Factors): Float64Array {
  return Float64Array.from(pivots, (row, k) => left[row * pivots.length + k] ?? Number.NaN);
}

/** Entries as the SVD scales them: the largest about 2⁴⁰. */
function scaledUp(entries: ArrayLike<number>): Float32Array {
  let largest = 0;
  for (let i = 0; i < entries.length; i++) largest = Math.max(largest, Math.abs(entries[i] ?? 0));
  return Float32Array.from(entries, (value) => value * 2 ** (40 - Math.floor(Math.log2(largest))));
}

describe("pivoted QR of normal entries", () => {
  const shapes = [
    [1, 1],
    [1, 9],
    [3, 5],
    [16, 16],
    [17, 40],
    [33, 33],
    [64, 70],
    [100, 300],
  ] as const;
  test.for(shapes.flatMap(([n, m]) => [1, 3].map((batch) => [n, m, batch] as const)))(
    "%i × %i, batch %i",
    async ([n, m, batch], { device }) => {
      const entries = randomMatrix(batch * n, m);
      const factors = await factor(new Gpu(device), entries, [n, m, batch]);
      factors.forEach((own, matrix) => {
        expectFactors(entries.subarray(matrix * n * m, (matrix + 1) * n * m), n, m, own);
      });
    },
  );

  // The number of blocks: 2; 3, whose factors make one block; 8, whose factors make 2.
  test.for([
    [200, 2500, 1],
    [5, 2100, 2],
    [33, 3500, 2],
    [130, 9001, 1],
  ])("%i × %i, batch %i: long rows", async ([n = 0, m = 0, batch = 0], { device }) => {
    const entries = randomMatrix(batch * n, m);
    const factors = await factor(new Gpu(device), entries, [n, m, batch]);
    factors.forEach((own, matrix) => {
      expectFactors(entries.subarray(matrix * n * m, (matrix + 1) * n * m), n, m, own);
    });
  });

  test.for([
    ["gpu", []],
    ["software", []],
    ["swiftshader", []],
    ["software", ["subgroups"]],
    ["swiftshader", ["subgroups"]],
  ] as const)("in the shape of %s, %j", async ([kind, wanted], { device }) => {
    const features = wanted.filter((feature) => device.features.has(feature));
    const shape = shapesOf({ device: stubDevice({ adapterInfo: adapters[kind], features }) }).reflectors;
    for (const [n, m] of [
      [70, 90],
      [40, 2200],
    ] as const) {
      const entries = randomMatrix(n, m);
      const [own] = await factor(new Gpu(device), entries, [n, m, 1], shape);
      expectFactors(entries, n, m, own as Factors);
    }
  });
});

describe("dispatches of a QR on a GPU", () => {
  test.for([
    [64, 64, 1, 8],
    [256, 256, 1, 31],
    [256, 256, 100, 31],
    [1024, 1024, 1, 127],
    [256, 65536, 1, 81],
  ])("%i rows of %i, batch %i: %i", async ([n = 0, m = 0, batch = 0, most = 0], { device }) => {
    // The device says that it is a GPU, whose dispatches may be longer.
    const adapterInfo = stubDevice({ adapterInfo: adapters.gpu }).adapterInfo;
    Object.defineProperty(device, "adapterInfo", { value: adapterInfo, configurable: true });
    const gpu = new Gpu(device);
    const qr = await prepareLongQr(gpu);
    await gpu.withArena(async (arena) => {
      const layout = workingLayout(n, m, batch, false);
      const { steps } = qr(arena, arena.storage("R", 16), layout, false);
      expect(steps.length).toBeLessThanOrEqual(most);
    });
  });
});

describe("a QR is refused where the device does not allow its largest buffer", () => {
  // n, m, batch, whether reflectors are kept.
  test.for([
    ["reflectors", 20, 9000, 1, true],
    ["sketches", 200, 200, 1, false],
    ["factors of all blocks", 300, 9600, 1, false],
    ["triangles", 1, 4, 500, false],
  ] as const)("%s", async ([label, n, m, batch, keep], { device }) => {
    const gpu = new Gpu(device);
    const factorRows = await prepareLongQr(gpu);
    const layout = rowLayout(n, m, batch, false);
    const sizes: number[] = [];
    const { createBuffer, limits } = device;
    device.createBuffer = (descriptor) => {
      if (descriptor.label === label) sizes.push(descriptor.size);
      return createBuffer.call(device, descriptor);
    };
    const factor = () => gpu.withArena(async (arena) => factorRows(arena, arena.storage("R", 16), layout, keep));
    await factor();
    const asked = Math.max(...sizes);
    const allowed = asked - 4;
    const lowered = new Proxy(limits, {
      get: (own, name) => (name === "maxStorageBufferBindingSize" ? allowed : Reflect.get(own, name, own)),
    });
    Object.defineProperty(device, "limits", { value: lowered, configurable: true });
    const error = await factor().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ limit: "maxStorageBufferBindingSize", asked, allowed });
    expect(String(error)).toContain(`${label} of ${asked} bytes`);
    expect(gpu.memory.use.buffers).toBe(0);
  });
});

describe("pivoted QR of matrices that are hard on it", () => {
  const { normal, uniform } = createRandom(5);
  const graded = Array.from({ length: 40 }, (_, row) => 10 ** (((row * 7) % 40) / 2.5 - 8));
  const small = (count: number) => Array.from({ length: count }, () => Math.round(6 * uniform() - 3));
  const [a, b, c, d] = [small(33), small(50), small(33), small(50)] as [number[], number[], number[], number[]];
  const rankTwo = fill(33, 50, (row, col) => (a[row] ?? 0) * (b[col] ?? 0) + (c[row] ?? 0) * (d[col] ?? 0));
  const zeroRows = fill(21, 30, (row) => (row % 3 === 0 ? normal() : 0));
  const alike = fill(20, 24, (row, col) => Math.cos(col * (1 + (row % 4))));
  const nearlyAlike = fill(20, 24, (_, col) => Math.cos(col) + 1e-6 * normal());

  const cases: Record<string, readonly [number, number, ArrayLike<number>]> = {
    "condition 1e7": [
      40,
      48,
      withSpectrum(
        40,
        48,
        Array.from({ length: 40 }, (_, k) => 10 ** (-7 * (k / 39))),
      ),
    ],
    "condition 1e7, square": [
      40,
      40,
      withSpectrum(
        40,
        40,
        Array.from({ length: 40 }, (_, k) => 10 ** (-7 * (k / 39))),
      ),
    ],
    "rank 11 of 36": [
      36,
      50,
      withSpectrum(
        36,
        50,
        Array.from({ length: 36 }, (_, k) => Number(k < 11)),
      ),
    ],
    "rows from 1e-8 to 1e8": [40, 40, fill(40, 40, (row) => (graded[row] ?? 0) * normal())],
    "columns from 1e-8 to 1e8": [40, 40, fill(40, 40, (_, col) => (graded[col] ?? 0) * normal())],
    "zero rows": [21, 30, zeroRows],
    "rows four times over": [20, 24, alike],
    "rows that differ by 1e-6": [20, 24, nearlyAlike],
    "integers of rank 2": [33, 50, rankTwo],
    identity: [18, 19, fill(18, 19, (row, col) => Number(row === col))],
    "lower triangle of ones": [45, 45, fill(45, 45, (row, col) => Number(row >= col))],
  };
  test.for(Object.entries(cases))("%s", async ([, [n, m, given]], { device }) => {
    const gpu = new Gpu(device);
    for (const entries of [scaledUp(given), Float32Array.from(given)]) {
      const [own] = await factor(gpu, entries, [n, m, 1]);
      expectFactors(entries, n, m, own as Factors);
    }
  });

  test("rank 2 shows: the third pivot is noise", async ({ device }) => {
    const [own] = await factor(new Gpu(device), rankTwo, [33, 50, 1]);
    const [first, second, third] = diagonalOf(own as Factors).map(Math.abs);
    expect(second).toBeGreaterThan(1);
    expect(third).toBeLessThan(RATIO * 33 * ULP * (first ?? 0));
  });

  test("zeros: L = 0 and Q = [I 0], rows in their order", async ({ device }) => {
    const [own] = await factor(new Gpu(device), new Float32Array(20 * 30), [20, 30, 1]);
    const { left, q, pivots } = own as Factors;
    expect(left.every((value) => value === 0)).toBe(true);
    expect(q).toEqual(fill(20, 30, (row, col) => Number(row === col)));
    expect(Array.from(pivots)).toEqual(Array.from({ length: 20 }, (_, row) => row));
  });

  test("ones: of equal rows the first is the pivot", async ({ device }) => {
    const entries = fill(19, 25, () => 1);
    const [own] = await factor(new Gpu(device), entries, [19, 25, 1]);
    expectFactors(entries, 19, 25, own as Factors);
    expect((own as Factors).pivots[0]).toBe(0);
    expect(diagonalOf(own as Factors)[0]).toBeCloseTo(-5, 5);
  });

  test("rows too short for a reflector count as zero", async ({ device }) => {
    const entries = randomMatrix(12, 20).map((value, i) => value * (i < 5 * 20 ? 1 : 2 ** -50));
    const [own] = await factor(new Gpu(device), entries, [12, 20, 1]);
    expectFactors(entries, 12, 20, own as Factors);
    const { pivots } = own as Factors;
    expect(Array.from(pivots.slice(0, 5)).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(
      diagonalOf(own as Factors)
        .slice(5)
        .every((value) => value === 0),
    ).toBe(true);
  });

  test("from 2⁻¹⁴ to 2⁴¹: the same pivots at every scale", async ({ device }) => {
    const entries = randomMatrix(30, 400);
    const gpu = new Gpu(device);
    const [plain] = await factor(gpu, entries, [30, 400, 1]);
    for (const exponent of [-14, 20, 41]) {
      const scaled = entries.map((value) => value * 2 ** exponent);
      const [own] = await factor(gpu, scaled, [30, 400, 1]);
      expectFactors(scaled, 30, 400, own as Factors);
      expect((own as Factors).pivots).toEqual((plain as Factors).pivots);
    }
  });
});
