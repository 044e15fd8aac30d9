import { describe, expect } from "vitest";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import type { Arena } from "../../src/gpu/memory.ts";

import { fitsSmallJacobi, prepareSmallJacobi, smallJacobiVariant } from "../../src/svd/small.ts";
import { sweepTolerance } from "../../src/svd/spectrum.ts";
import { rowLayout, type WorkingLayout, workingBytes, workingLayout } from "../../src/svd/working-matrix.ts";
import { heavisideSvd } from "../support/closed-forms.ts";
import { test } from "../support/gpu.ts";
import { fill, randomMatrix } from "../support/matrices.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { readFloats, readWords } from "../support/read.ts";
import { stubDevice } from "../support/stub-device.ts";
import { referenceSingularValues } from "../support/svd-oracle.ts";

const LARGEST = 2 ** 40; // about, as the engine scales working matrices

interface Turned {
  readonly layout: WorkingLayout;
  readonly working: Float32Array;
  readonly norms: Float32Array;
  readonly sweeps: Uint32Array;
  readonly skewPairs: Uint32Array;
  readonly steps: number;
}

/** [A | I] of each matrix, A multiplied by `LARGEST`; the padding rows zero. */
function loaded(layout: WorkingLayout, matrices: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const { rows, length, cols, workingRows, rowStride } = layout;
  const working = new Float32Array(workingBytes(layout) / 4);
  matrices.forEach((entries, i) => {
    for (let row = 0; row < rows; row++) {
      const at = (i * workingRows + row) * 4 * rowStride;
      for (let col = 0; col < length; col++) {
        working[at + col] =
          LARGEST * (entries[layout.transposed ? col * rows + row : row * length + col] ?? Number.NaN);
      }
      if (rowStride > cols) working[at + 4 * cols + row] = 1;
    }
  });
  return working;
}

/** An arena whose storage is full of NaN, so that an entry which a kernel forgets shows. */
function poisoning(arena: Arena): Arena {
  const storage = (label: string, bytes: number) => arena.upload(label, new Float32Array(bytes / 4).fill(Number.NaN));
  return new Proxy(arena, {
    get: (target, key) => {
      if (key === "storage") return storage;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function turn(
  gpu: Gpu,
  rows: number,
  cols: number,
  matrices: readonly Float32Array[],
  { maxSweeps = 50, withVectors = true } = {},
): Promise<Turned> {
  const layout = workingLayout(rows, cols, matrices.length, withVectors);
  const smallJacobi = await prepareSmallJacobi(gpu, layout);
  return gpu.withArena(async (arena) => {
    const working = arena.upload("working matrices", loaded(layout, matrices));
    const tolerance = sweepTolerance(layout.length);
    const { steps, norms, sweeps, skewPairs } = smallJacobi(poisoning(arena), working, layout, {
      tolerance,
      maxSweeps,
    });
    await execute(gpu, steps);
    return {
      layout,
      working: await readFloats(gpu, working, workingBytes(layout) / 4),
      norms: await readFloats(gpu, norms, layout.batch * layout.workingRows),
      sweeps: await readWords(gpu, sweeps, layout.batch),
      skewPairs: await readWords(gpu, skewPairs, layout.batch),
      steps: steps.length,
    };
  });
}

/** Rows of R, scaled back, and of Q of one matrix, in float64. */
function rowsOf({ layout, working }: Turned, matrix: number): { r: Float64Array[]; q: Float64Array[] } {
  const stride = 4 * layout.rowStride;
  const part = (row: number, first: number, count: number, scale: number) => {
    const at = (matrix * layout.workingRows + row) * stride + first;
    return Float64Array.from(working.subarray(at, at + count), (value) => value * scale);
  };
  return {
    r: Array.from({ length: layout.rows }, (_, row) => part(row, 0, layout.length, 1 / LARGEST)),
    q: Array.from({ length: layout.rows }, (_, row) => part(row, 4 * layout.cols, layout.rows, 1)),
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

/** Root of the sum of squares: the Frobenius norm. */
const size = (entries: Float32Array): number => norm(Float64Array.from(entries));

/**
 * The roundings of a rotation, half an ulp in each entry of both rows, add up like a random walk over the (n −
 * 1)·sweeps rotations of a row: to √(n·sweeps)·2⁻²⁴ of its norm, in R and in Q.
 */
function walk({ layout, sweeps }: Turned, matrix: number): number {
  return Math.sqrt(layout.rows * (sweeps[matrix] ?? Number.NaN)) * HALF_ULP;
}

/** Asserts that Q is orthogonal, R = Q·A, and all other entries are 0, whether the iteration has ended or not. */
function expectRotated(turned: Turned, matrices: readonly Float32Array[]): void {
  const { layout, working } = turned;
  const { rows, length, cols, workingRows, rowStride } = layout;
  matrices.forEach((entries, matrix) => {
    const { r, q } = rowsOf(turned, matrix);
    let greatest = 0; // column sum of |I − QQᵀ|
    let error = 0; // ‖R − Q·A‖²
    for (let i = 0; i < rows; i++) {
      const own = q[i] as Float64Array;
      greatest = Math.max(
        greatest,
        q.reduce((sum, other, j) => sum + Math.abs(Number(i === j) - dot(own, other)), 0),
      );
      for (let col = 0; col < length; col++) {
        const product = own.reduce(
          (sum, value, k) =>
            sum + value * (entries[layout.transposed ? col * rows + k : k * length + col] ?? Number.NaN),
          0,
        );
        error += ((r[i]?.[col] ?? Number.NaN) - product) ** 2;
      }
    }
    // LAPACK's ratio, which passes there below 50. Measured 0.3 to 1.4; 28 with cosines rounded and 2 ulp off.
    expect(greatest / (rows * 2 * HALF_ULP), `orthogonality, matrix ${matrix}`).toBeLessThan(2);
    r.forEach((own, i) => {
      const measured = (turned.norms[matrix * workingRows + i] ?? Number.NaN) / LARGEST;
      expect(Math.abs(measured - norm(own)), `norm of row ${i}`).toBeLessThanOrEqual(8 * HALF_ULP * norm(own));
    });
    // The roundings of R and of Q differ; measured 0.5 to 0.7 walks.
    expect(Math.sqrt(error), `R − QA, matrix ${matrix}`).toBeLessThanOrEqual(2 * walk(turned, matrix) * size(entries));

    for (let row = 0; row < workingRows; row++) {
      const at = (matrix * workingRows + row) * 4 * rowStride;
      const padding = [
        ...working.subarray(at + (row < rows ? length : 0), at + 4 * cols),
        ...working.subarray(at + 4 * cols + (row < rows ? rows : 0), at + 4 * rowStride),
      ];
      expect(padding.every((value) => value === 0)).toBe(true);
    }
  });
}

/** Asserts that no skew pairs are reported, and that there are none. */
function expectOrthogonal(turned: Turned, mostSweeps: number): void {
  const { layout, sweeps, skewPairs } = turned;
  expect(Array.from(skewPairs)).toEqual(Array(layout.batch).fill(0));
  // The clean sweep left the rows as it found them, so that only its own sums, length roundings each, stand between.
  const tolerance = sweepTolerance(layout.length) + (layout.length + 4) * HALF_ULP;
  for (let matrix = 0; matrix < layout.batch; matrix++) {
    expect(sweeps[matrix]).toBeGreaterThanOrEqual(1);
    expect(sweeps[matrix]).toBeLessThanOrEqual(mostSweeps);
    const { r } = rowsOf(turned, matrix);
    for (const [i, p] of r.entries()) {
      for (const q of r.slice(0, i)) {
        const norms = norm(p) * norm(q);
        const negligible = Math.min(norm(p), norm(q)) * LARGEST <= 2 ** -16;
        if (!negligible) expect(Math.abs(dot(p, q)), `rows of matrix ${matrix}`).toBeLessThanOrEqual(tolerance * norms);
      }
    }
  }
}

function singularValues(turned: Turned, matrix: number): number[] {
  return rowsOf(turned, matrix)
    .r.map(norm)
    .sort((a, b) => b - a);
}

/**
 * By Weyl's inequality σ moves by no more than the error's spectral norm, a part of its Frobenius norm; measured 0.5
 * walks.
 */
function expectValues(turned: Turned, matrix: number, expected: ArrayLike<number>, frobenius: number): void {
  const tolerance = walk(turned, matrix) * frobenius;
  for (const [k, value] of singularValues(turned, matrix).entries()) {
    expect(Math.abs(value - (expected[k] ?? 0)), `σ${k} of matrix ${matrix}`).toBeLessThanOrEqual(tolerance);
  }
}

/** An object of WebGPU, with other values of some of its members. */
function withMembers<T extends object>(object: T, members: Readonly<Record<string, unknown>>): T {
  return new Proxy(object, {
    get: (target, key) => {
      if (typeof key === "string" && key in members) return members[key];
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** The device, described as a GPU: the kernel then takes many threads a pair, as on a GPU. */
function disguised(device: GPUDevice): GPUDevice {
  return withMembers(device, { adapterInfo: { vendor: "test", architecture: "gpu", device: "", description: "" } });
}

const shapes = [
  [1, 1],
  [2, 3],
  [3, 2],
  [5, 5],
  [16, 16],
  [17, 20],
  [31, 33],
  [32, 32],
] as const;

describe.for([
  ["as on this adapter", (device: GPUDevice) => device],
  ["as on a GPU", disguised],
] as const)("%s", ([, as]) => {
  test.for(shapes.flatMap(([rows, cols]) => [1, 3, 70].map((batch) => [rows, cols, batch] as const)))(
    "%i × %i, batch %i: random matrices",
    async ([rows, cols, batch], { device }) => {
      const gpu = new Gpu(as(device));
      const matrices = Array.from({ length: batch }, (_, seed) => randomMatrix(rows, cols, seed + 1));
      const turned = await turn(gpu, rows, cols, matrices);
      expectRotated(turned, matrices);
      expectOrthogonal(turned, 12); // measured: up to 10
      if (Math.min(rows, cols) > 1) expect(Math.min(...turned.sweeps)).toBeGreaterThan(1);
      matrices.forEach((entries, matrix) => {
        expectValues(turned, matrix, referenceSingularValues(entries, rows, cols), size(entries));
      });
    },
  );

  test.for([45, 64])(
    "%i rows and columns, with the workgroup memory that there is, and with WebGPU's default",
    async (n, { device }) => {
      const matrices = [1, 2, 3].map((seed) => randomMatrix(n, n, seed));
      const values = matrices.map((entries) => referenceSingularValues(entries, n, n));
      for (const mostBytes of [device.limits.maxComputeWorkgroupStorageSize, 2 ** 14]) {
        const limits = withMembers(device.limits, { maxComputeWorkgroupStorageSize: mostBytes });
        const gpu = new Gpu(withMembers(as(device), { limits }));
        for (const withVectors of [false, true]) {
          const turned = await turn(gpu, n, n, matrices, { withVectors });
          if (withVectors) expectRotated(turned, matrices);
          expectOrthogonal(turned, 12);
          for (const [i, entries] of matrices.entries()) expectValues(turned, i, values[i] ?? [], size(entries));
        }
      }
    },
  );

  test("rank-deficient matrices", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const n = 17;
    const ones = fill(n, n, () => 1);
    const holed = fill(n, n, (row, col) => (row % 3 === 1 ? 0 : (randomMatrix(n, n)[row * n + col] ?? 0)));
    const repeated = fill(n, n, (row, col) => randomMatrix(3, n)[(row % 3) * n + col] ?? 0);
    const matrices = [ones, holed, repeated];
    const turned = await turn(gpu, n, n, matrices);
    expectRotated(turned, matrices);
    expectOrthogonal(turned, 20);
    expectValues(turned, 0, [n], n);
    const kept = Float32Array.from(holed.filter((_, i) => Math.floor(i / n) % 3 !== 1));
    expectValues(turned, 1, referenceSingularValues(kept, kept.length / n, n), size(holed));
    // Rows 0 and 1 stand there 6 times, row 2 5 times: σ of the three rows, each times the root of its count.
    const weighted = fill(3, n, (row, col) => Math.sqrt(row < 2 ? 6 : 5) * (repeated[row * n + col] ?? 0));
    expectValues(turned, 2, referenceSingularValues(weighted, 3, n), size(repeated));
  });

  test("zero and diagonal matrices are left as they are, by one sweep", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const zero = new Float32Array(35);
    const diagonal = fill(5, 7, (row, col) => (row === col ? 2 - row : 0));
    const turned = await turn(gpu, 5, 7, [zero, diagonal]);
    expect(turned.working).toEqual(loaded(turned.layout, [zero, diagonal]));
    expect(Array.from(turned.sweeps)).toEqual([1, 1]);
    expect(Array.from(turned.skewPairs)).toEqual([0, 0]);
  });

  test("rows of negligible norm count as zero, and stay as they are", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const tiny = fill(5, 7, (row, col) => (row % 2 === 1 ? 2 ** -60 : 1) * (randomMatrix(5, 7)[row * 7 + col] ?? 0));
    const turned = await turn(gpu, 5, 7, [tiny]);
    expectRotated(turned, [tiny]);
    expectOrthogonal(turned, 12);
    const stride = 4 * turned.layout.rowStride;
    const before = loaded(turned.layout, [tiny]);
    for (const row of [1, 3]) {
      const [from, to] = [row * stride, (row + 1) * stride];
      expect(turned.working.subarray(from, to)).toEqual(before.subarray(from, to));
    }
  });

  test("graded rows: small singular values keep their digits", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const [rows, cols] = [16, 32];
    // A = D·B with B well conditioned: one-sided Jacobi errs by the roundings times B's condition, whatever D is. The
    // oracle errs by 2⁻⁵³·σ₁, a small part of that down to 2⁻²⁰·σ₁.
    const well = randomMatrix(rows, cols);
    const matrices = [0, 1].map((up) =>
      fill(rows, cols, (row, col) => {
        const place = up ? rows - 1 - row : row;
        return 2 ** -Math.round((20 * place) / (rows - 1)) * (well[row * cols + col] ?? 0);
      }),
    );
    const turned = await turn(gpu, rows, cols, matrices);
    expectRotated(turned, matrices);
    expectOrthogonal(turned, 12);
    const ofWell = referenceSingularValues(well, rows, cols);
    const condition = (ofWell[0] ?? 0) / (ofWell[rows - 1] ?? 0);
    matrices.forEach((entries, matrix) => {
      const expected = referenceSingularValues(entries, rows, cols);
      for (const [k, value] of singularValues(turned, matrix).entries()) {
        const error = Math.abs(value / (expected[k] ?? 0) - 1);
        expect(error, `σ${k} of matrix ${matrix}`).toBeLessThanOrEqual(condition * walk(turned, matrix));
      }
    });
  });

  test("Heaviside's closed form, without vectors", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const n = 32;
    const entries = fill(n, n, (row, col) => Number(row >= col));
    const turned = await turn(gpu, n, n, [entries], { withVectors: false });
    expectOrthogonal(turned, 12);
    expectValues(turned, 0, heavisideSvd(n).singularValues, size(entries));
  });

  test("maxSweeps ends the iteration, and the pairs that are left are reported", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const matrices = [randomMatrix(17, 20), fill(17, 20, (row, col) => Number(row === col))];
    const one = await turn(gpu, 17, 20, matrices, { maxSweeps: 1 });
    expectRotated(one, matrices);
    // Normal rows are never orthogonal to 1e-6: each pair turned as it met.
    expect(Array.from(one.skewPairs)).toEqual([(17 * 16) / 2, 0]);
    expect(Array.from(one.sweeps)).toEqual([1, 1]);

    const three = await turn(gpu, 17, 20, matrices, { maxSweeps: 3 });
    expect(Array.from(three.sweeps)).toEqual([3, 1]);
    expect(three.skewPairs[0]).toBeGreaterThan(0);
    expect(three.skewPairs[1]).toBe(0);

    // It ends within as many sweeps as it takes, and not within one fewer.
    const free = await turn(gpu, 17, 20, matrices);
    const needed = free.sweeps[0] ?? 0;
    const just = await turn(gpu, 17, 20, matrices, { maxSweeps: needed });
    expect(just).toEqual(free);
    const short = await turn(gpu, 17, 20, matrices, { maxSweeps: needed - 1 });
    expect(short.skewPairs[0]).toBeGreaterThan(0);
  });

  test("a batch equals its members alone, bit by bit", async ({ device }) => {
    const gpu = new Gpu(as(device));
    const [rows, cols, batch] = [16, 16, 300];
    const matrices = Array.from({ length: batch }, (_, seed) =>
      seed % 4 === 1 ? fill(rows, cols, () => seed) : randomMatrix(rows, cols, seed + 1),
    );
    const together = await turn(gpu, rows, cols, matrices);
    const words = together.working.length / batch;
    for (const matrix of [0, 1, 2, 149, 150, 198, 199, 200, 298, 299]) {
      const alone = await turn(gpu, rows, cols, [matrices[matrix] as Float32Array]);
      expect(together.working.subarray(matrix * words, (matrix + 1) * words)).toEqual(alone.working);
      expect(together.sweeps[matrix]).toBe(alone.sweeps[0]);
      expect(together.skewPairs[matrix]).toBe(alone.skewPairs[0]);
    }
  });
});

test("a large batch is split on a software adapter, and beyond 65535 matrices everywhere", async ({ device }) => {
  const matrices = Array.from({ length: 70_000 }, (_, i) => Float32Array.of((i % 1000) + 1));
  for (const gpu of [new Gpu(device), new Gpu(disguised(device))]) {
    const { layout, working, sweeps, skewPairs, steps } = await turn(gpu, 1, 1, matrices, { withVectors: false });
    expect(steps).toBeGreaterThan(1);
    const before = loaded(layout, matrices);
    expect(working.every((value, i) => value === before[i])).toBe(true);
    expect(sweeps.every((taken) => taken === 1)).toBe(true);
    expect(skewPairs.every((pairs) => pairs === 0)).toBe(true);
  }
});

test.for([
  [4096, 16],
  [1024, 32],
  [256, 64],
] as const)("%i matrices of %i² are one dispatch on a GPU", async ([batch, n], { device }) => {
  const gpu = new Gpu(disguised(device));
  for (const withVectors of [false, true]) {
    const layout = rowLayout(n, n, batch, withVectors);
    const encode = await prepareSmallJacobi(gpu, layout);
    const { steps } = await gpu.withArena(async (arena) =>
      encode(arena, arena.storage("working matrices", workingBytes(layout)), layout, {
        tolerance: 1e-6,
        maxSweeps: 30,
      }),
    );
    expect(steps).toMatchObject([{ workgroups: [batch, 1, 1] }]);
  }
});

describe("what a workgroup holds", () => {
  const heldOn = (name: string, bytes: number) => (rows: number, cols: number, withVectors: boolean) => {
    const limits = { maxComputeWorkgroupStorageSize: bytes };
    const device = stubDevice({ adapterInfo: { description: name }, limits });
    const layout = rowLayout(rows, cols, 1, withVectors);
    return fitsSmallJacobi({ device }, layout) ? smallJacobiVariant({ device }, layout).shape.held : "no";
  };

  test.for([
    ["GPU", 2 ** 14],
    ["GPU", 2 ** 15],
    ["GPU", 2 ** 16],
    ["SwiftShader", 2 ** 15],
  ] as const)("on a %s with %i bytes of workgroup memory", ([name, bytes]) => {
    const held = heldOn(name, bytes);
    const used = name === "GPU" ? bytes : 2 ** 14; // a software adapter would compile for seconds
    expect([held(0, 0, true), held(65, 65, false), held(64, 2000, false)]).toEqual(["no", "no", "no"]);
    expect([held(1, 1, true), held(40, 40, true), held(8, 400, true)]).toEqual(Array(3).fill("R and J"));
    expect([held(45, 45, false), held(45, 45, true)]).toEqual(["R and J", used > 2 ** 14 ? "R and J" : "R"]);
    expect(held(64, 64, false)).toBe(used > 2 ** 14 ? "R and J" : "nothing");
    expect(held(64, 64, true)).toBe({ [2 ** 14]: "nothing", [2 ** 15]: "R", [2 ** 16]: "R and J" }[used]);
    expect(held(8, 600, true)).toBe(used > 2 ** 14 ? "R and J" : "no");
  });
});
