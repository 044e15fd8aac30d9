import fc from "fast-check";
import { describe, expect } from "vitest";
import type { ScanShape } from "../../src/adapter/shapes.ts";
import { execute } from "../../src/gpu/execute.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { preparePowerScan } from "../../src/operator/power-scan.ts";
import { type PowerScanPlan, planActivationScans } from "../../src/theory/power-scan.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP, largest } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";
import { readFloats, readWords } from "../support/read.ts";
import { normals } from "../support/run-kernel.ts";

const powers = [0, 1, 2, 3] as const;
type Power = (typeof powers)[number];
type Powers = readonly Power[];

/** Small segments, so that a few hundred sources make long shares of the spine; more threads than sources. */
const narrow: ScanShape = { threads: 4, items: 3, spineThreads: 4, isGrouped: false };
const grouped: ScanShape = { ...narrow, isGrouped: true };
const wide: ScanShape = { threads: 64, items: 2, spineThreads: 64, isGrouped: false };
/** The shape for a GPU. SwiftShader takes a second to compile each spine of 256 threads. */
const many: ScanShape = { threads: 64, items: 16, spineThreads: 256, isGrouped: true };

interface Line {
  readonly x: Float64Array;
  readonly b: Float64Array;
  readonly scale: number;
}

/** A·w or Aᵀ·w in float64, and what it would be if all weights were positive, for each power. */
function denseProducts({ x, b, scale }: Line, transposed: boolean, weights: Float32Array) {
  const [points, sources, direction] = transposed ? [b, x, -scale] : [x, b, scale];
  const products = powers.map(() => new Float64Array(points.length));
  const sizes = powers.map(() => new Float64Array(points.length));
  for (let n = 0; n < points.length; n++) {
    const point = points[n] as number;
    for (const [power, product] of products.entries()) {
      const size = sizes[power] as Float64Array;
      let [sum, magnitude] = [0, 0];
      for (let m = 0; m < sources.length; m++) {
        const z = direction * (point - (sources[m] as number));
        if (!(z >= 0)) continue;
        const value = power === 0 ? 1 : power === 1 ? z : power === 2 ? z * z : z * z * z;
        const term = (weights[m] as number) * value;
        sum += term;
        magnitude += Math.abs(term);
      }
      product[n] = sum;
      size[n] = magnitude;
    }
  }
  return { products, sizes };
}

/** Runs the kernels on poisoned output, and checks that they wrote all of it and nothing after it. */
async function scanned(
  device: GPUDevice,
  plan: PowerScanPlan,
  power: Power,
  input: Float32Array<ArrayBuffer>,
  runs: number,
  shape?: ScanShape,
): Promise<Float32Array> {
  const gpu = new Gpu(device);
  const scan = await preparePowerScan(gpu, power, plan.order.length, shape);
  return gpu.withArena(async (arena) => {
    const length = runs * plan.before.length;
    const output = arena.upload("poisoned", new Float32Array(length + 4).fill(Number.NaN));
    const buffers = { input: arena.upload("input", input), output };
    await execute(gpu, scan.product(arena, scan.upload(arena, plan), buffers, runs));
    const result = await readFloats(gpu, output, length + 4);
    expect(Array.from(result.subarray(length))).toEqual(Array(4).fill(Number.NaN));
    return result.subarray(0, length);
  });
}

/** Normal positions, out of order and a fifth of them doubled. */
function scattered(count: number, seed: number): Float64Array {
  const { normal, uniform } = createRandom(seed);
  const numbers = Float64Array.from({ length: count }, normal);
  return numbers.map((number) => (uniform() < 0.2 ? (numbers[Math.floor(uniform() * count)] as number) : number));
}

function randomLine(samples: number, biases: number, scale = 1): Line {
  const [x, b] = [scattered(samples, 3 * samples + biases), scattered(biases, samples + 7 * biases)];
  // Some samples stand at a bias.
  return { x: x.map((number, n) => (n % 3 === 0 ? (b[(7 * n) % Math.max(1, biases)] ?? number) : number)), b, scale };
}

const integers = (count: number, seed: number) => normals(count, seed).map((number) => Math.round(3 * number));
const dot = (a: ArrayLike<number>, c: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * (c[i] as number), 0);

/** Asserts that both products, of several runs, err by less than some roundings of all terms taken positive. */
async function expectDense(
  device: GPUDevice,
  line: Line,
  runs: number,
  shape?: ScanShape,
  powersOfShape: Powers = powers,
) {
  const plans = planActivationScans(line.x, line.b, line.scale);
  for (const transposed of [false, true]) {
    const [plan, sources] = transposed ? [plans.transposed, line.x.length] : [plans.product, line.b.length];
    const input = normals(runs * sources, 11 * runs + sources);
    const outputs = new Map<Power, Float32Array>();
    for (const power of powersOfShape) outputs.set(power, await scanned(device, plan, power, input, runs, shape));
    for (let run = 0; run < runs; run++) {
      const { products, sizes } = denseProducts(line, transposed, input.subarray(run * sources, (run + 1) * sources));
      for (const [power, output] of outputs) {
        const exact = products[power] as Float64Array;
        const own = output.subarray(run * exact.length, (run + 1) * exact.length);
        const error = largest(exact.map((value, n) => value - (own[n] as number)));
        // written so that NaN fails too
        if (!(error <= 16 * HALF_ULP * largest(sizes[power] as Float64Array))) {
          throw new Error(`power ${power}, run ${run}, ${transposed ? "transposed" : "product"}: off by ${error}`);
        }
      }
    }
  }
}

describe.for([
  ["the adapter's shape", undefined, powers],
  ["narrow", narrow, powers],
  ["narrow, grouped", grouped, powers],
  ["wide", wide, powers],
  ["many", many, [1]],
] as const)("%s", ([, shape, powersOfShape]) => {
  const group = shape ? shape.threads * shape.items : 512;
  const sizes = [
    [0, 0, 1],
    [0, 3, 2],
    [3, 0, 2],
    [1, 1, 1],
    [65, 1, 1],
    [group, group - 1, 1],
    [group - 1, group, 2],
    [2, group + 1, 1],
    [group + 1, 3 * group + 5, 3],
    [130, 1021, 1], // narrow: 344 segments, 86 for a thread of the spine; grouped: 86 groups, which are not few
    [1, 768, 1], // grouped: 64 groups, the most that are few
  ] as const;

  test.for(sizes)("%i samples, %i biases, %i runs: A·w and Aᵀr as summed in float64", async (size, { device }) => {
    const [samples, biases, runs] = size;
    await expectDense(device, randomLine(samples, biases), runs, shape, powersOfShape);
  });

  test("integers, many of them equal: exact", async ({ device }) => {
    const position = fc.integer({ min: -4, max: 4 });
    const input = fc.record({
      x: fc.array(position, { maxLength: 20 }),
      b: fc.array(position, { maxLength: 3 * 14 }),
      scale: fc.integer({ min: -2, max: 2 }),
      power: fc.constantFrom(...powersOfShape),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ x, b, scale, power }) => {
        const line = { x: Float64Array.from(x), b: Float64Array.from(b), scale };
        const { product, transposed } = planActivationScans(x, b, scale);
        const [w, r] = [integers(b.length, 5), integers(x.length, 6)];
        const [forward, backward] = [
          await scanned(device, product, power, w, 1, shape),
          await scanned(device, transposed, power, r, 1, shape),
        ];
        expect(Array.from(forward, Number)).toEqual(plus0(denseProducts(line, false, w).products[power]));
        expect(Array.from(backward, Number)).toEqual(plus0(denseProducts(line, true, r).products[power]));
      }),
      { numRuns: 12, seed: 1 },
    );
  });
});

/** With 0 for −0, which the kernels do not write where no source contributes. */
function plus0(values: ArrayLike<number> = []): number[] {
  return Array.from(values, (value) => value + 0);
}

test.for([undefined, narrow, grouped, wide])("Heaviside of integers: exact", async (shape, { device }) => {
  const line = randomLine(700, 1500);
  const w = integers(2 * 1500, 1);
  const f = await scanned(device, planActivationScans(line.x, line.b).product, 0, w, 2, shape);
  for (const run of [0, 1]) {
    const exact = denseProducts(line, false, w.subarray(run * 1500, (run + 1) * 1500)).products[0];
    expect(Array.from(f.subarray(run * 700, (run + 1) * 700))).toEqual(plus0(exact));
  }
});

test.for([-1, -3.7, 0, 1e-3, 250])("scale %f", async (scale, { device }) => {
  await expectDense(device, randomLine(100, 300, scale), 1, narrow);
});

test("points before all sources sum none of them, points after them all", async ({ device }) => {
  const b = scattered(40, 1);
  const [low, high] = [Math.min(...b), Math.max(...b)];
  const line = { x: Float64Array.of(low - 1, high, high + 2, low - 1e-9), b, scale: 1 };
  const f = await scanned(device, planActivationScans(line.x, b).product, 1, normals(40, 2), 1, narrow);
  expect([f[0], f[3]]).toEqual([0, 0]);
  await expectDense(device, line, 2, narrow);
});

test("⟨Aw, r⟩ = ⟨w, Aᵀr⟩", async ({ device }) => {
  const line = randomLine(2000, 3000, 2);
  const { product, transposed } = planActivationScans(line.x, line.b, line.scale);
  const [w, r] = [normals(3000, 1), normals(2000, 2)];
  for (const power of powers) {
    const [f, g] = [
      await scanned(device, product, power, w, 1, narrow),
      await scanned(device, transposed, power, r, 1, wide),
    ];
    const scale = Math.sqrt(dot(f, f) * dot(r, r));
    expect(Math.abs(dot(f, r) - dot(w, g))).toBeLessThanOrEqual(16 * HALF_ULP * scale);
  }
});

// linspace(−1, 1), shuffled. With random positions the error is about 1e-8 of the largest Σ|w|(t − s)ᵖ too, but it is
// up to 3e-6 of max|f| where that is small.
test.for([0, 10, 100])("N = M = 4096 at an offset of %i: to 1e-6·max|f|", async (offset, { device }) => {
  const grid = (stride: number) =>
    Float64Array.from({ length: 4096 }, (_, i) => offset + (2 * ((i * stride) % 4096)) / 4095 - 1);
  const line = { x: grid(1237), b: grid(2591), scale: 1 };
  const plans = planActivationScans(line.x, line.b);
  const w = normals(4096, 4);
  for (const transposed of [false, true]) {
    const { products, sizes } = denseProducts(line, transposed, w);
    for (const power of powers) {
      const exact = products[power] as Float64Array;
      const f = await scanned(device, transposed ? plans.transposed : plans.product, power, w, 1);
      const error = largest(exact.map((value, n) => value - (f[n] as number)));
      expect(error / largest(exact), `power ${power}, of max|f|`).toBeLessThanOrEqual(1e-6);
      const size = largest(sizes[power] as Float64Array);
      expect(error / size, `power ${power}, of the terms taken positive`).toBeLessThanOrEqual(HALF_ULP);
    }
  }
});

test("residual: f − target, and the step at which a run leaves its limit", async ({ device }) => {
  const gpu = new Gpu(device);
  const line = randomLine(300, 200);
  const plan = planActivationScans(line.x, line.b).product;
  const [runs, none] = [4, 0xffffffff];
  const w = normals(runs * 200, 1);
  w[3 * 200 + 17] = Number.NaN;
  const targets = normals(runs * 300, 2);
  const f = await scanned(device, plan, 1, w, runs, narrow);
  const residuals = f.map((value, n) => Math.fround(value - (targets[n] as number)));
  const worst = (run: number) => largest(residuals.subarray(run * 300, (run + 1) * 300));
  const limits = Float32Array.of(worst(0), worst(1) * 0.999, worst(2) * 0.5, 1e30);

  const scan = await preparePowerScan(gpu, 1, 200, narrow);
  const { written, diverged } = await gpu.withArena(async (arena) => {
    const buffers = {
      input: arena.upload("w", w),
      targets: arena.upload("targets", targets),
      limits: arena.upload("limits", new Uint32Array(limits.buffer)),
      counts: arena.upload("steps done", Uint32Array.of(8, 9)),
      output: arena.upload("poisoned", new Float32Array(runs * 300).fill(7)),
      diverged: arena.upload("diverged", Uint32Array.of(none, none, 3, none)),
    };
    await execute(gpu, scan.residual(arena, scan.upload(arena, plan), buffers, runs));
    return {
      written: await readFloats(gpu, buffers.output, runs * 300),
      diverged: await readWords(gpu, buffers.diverged, runs),
    };
  });
  expect(written).toEqual(residuals);
  expect(Array.from(diverged)).toEqual([none, 9, 3, 9]);
});

test("a product takes two dispatches on few groups, and three otherwise", async ({ device }) => {
  const gpu = new Gpu(device);
  const plan = planActivationScans(new Float64Array(9), new Float64Array(769)).product;
  const dispatches = async (mostSources: number, shape: ScanShape) => {
    const scan = await preparePowerScan(gpu, 1, mostSources, shape);
    return gpu.withArena(async (arena) => {
      const buffers = { input: arena.storage("w", 4 * 769), output: arena.storage("f", 4 * 9) };
      return scan.product(arena, scan.upload(arena, plan), buffers, 1).length;
    });
  };
  expect(await dispatches(769, narrow)).toBe(3);
  expect(await dispatches(769, grouped), "65 groups").toBe(3);
  expect(await dispatches(768, grouped), "64 groups").toBe(2);
});

test("one plan serves many calls, whose scratch buffers are freed with their arenas", async ({ device }) => {
  const gpu = new Gpu(device);
  const plan = planActivationScans([1, 2, 3], [0, 1]).product;
  const scan = await preparePowerScan(gpu, 2, 2);
  await gpu.withArena(async (kept) => {
    const uploaded = scan.upload(kept, plan);
    const input = kept.upload("w", Float32Array.of(1, -1));
    const before = gpu.memory.use;
    for (const _ of [1, 2]) {
      await gpu.withArena(async (arena) => {
        const output = arena.storage("f", 12);
        await execute(gpu, scan.product(arena, uploaded, { input, output }, 1));
        expect(Array.from(await readFloats(gpu, output, 3))).toEqual([1, 3, 5]);
      });
    }
    expect(gpu.memory.use).toEqual(before);
  });
  expect(gpu.memory.use).toEqual({ bytes: 0, buffers: 0 });
});
