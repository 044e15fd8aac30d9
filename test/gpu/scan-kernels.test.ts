import { describe, expect } from "vitest";
import { NO_STATE, powerScanEvaluate, powerScanLocal, powerScanSpine } from "../../shaders/power-scan.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { test } from "../support/gpu.ts";
import { HALF_ULP } from "../support/numbers.ts";
import { at, awkwardCounts, bitsOf, expectNear, normals, poison, runKernel } from "../support/run-kernel.ts";

const threads = 4;
const runs = 2;

/** Floats of one element of moments as WGSL lays it out: a vec3 takes four. */
const stride = [1, 2, 4, 4] as const;

/** binom(q, j) for q up to 3. */
const binomials = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1]] as const;

/** T_q at h further on: Σ_j binom(q, j)·h^(q−j)·T_j. */
const shifted = (moments: readonly number[], h: number): number[] =>
  moments.map((_, q) => (binomials[q] ?? []).reduce((sum, c, j) => sum + c * h ** (q - j) * at(moments, j), 0));
const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, q) => value + at(b, q));

describe.for([0, 1, 2, 3] as const)("power %i", (power) => {
  const none = new Array<number>(power + 1).fill(0);
  const pitch = stride[power];
  const single = (weight: number) => [weight, ...none.slice(1)];
  const momentsAt = (values: ArrayLike<number>, i: number) => none.map((_, q) => at(values, i * pitch + q));
  /** Compares elements of moments with what is expected and with what it would be if all weights were positive. */
  const expectMoments = (
    actual: Float32Array,
    expected: readonly { exact: number[]; size: number[] }[],
    roundings: number,
    what: string,
  ) => {
    const used = expected.flatMap((_, i) => momentsAt(actual, i));
    const sizes = expected.flatMap(({ size }) => size);
    expectNear(
      used,
      expected.flatMap(({ exact }) => exact),
      (i) => roundings * HALF_ULP * at(sizes, i),
      what,
    );
  };
  /** A shift takes at most 8 operations. */
  const SHIFT = 8;

  test.for([0, 1, 3])("power-scan-local: %i workgroups of segments", async (groups, { device }) => {
    const gpu = new Gpu(device);
    const items = 5;
    const scan = await powerScanLocal(power).on(gpu, { threads, items });
    const segments = groups * threads;
    const source_count = segments * items;
    const weights = normals(runs * source_count, 1);
    const gaps = normals(source_count, 2).map(Math.abs);
    // Item j of thread t stands at j·threads + t of its workgroup's sources; weights stand in another order.
    const sources = new Uint32Array(2 * source_count);
    sources.set(Array.from(gaps, (gap, i) => [source_count - 1 - i, at(bitsOf([gap]), 0)]).flat());
    const writes = { states: poison(runs * source_count * pitch), totals: poison(runs * segments * pitch) };
    const { states, totals } = await runKernel(gpu, { reads: { sources, weights }, writes }, (arena, buffers) =>
      scan(arena, [{ given: { source_count, segments, ...buffers }, workgroups: [groups, runs, 1], work: 1 }]),
    );
    const expected: { exact: number[]; size: number[] }[] = [];
    const ends: { exact: number[]; size: number[] }[] = [];
    for (let run = 0; run < runs; run++) {
      for (let segment = 0; segment < segments; segment++) {
        let own = { exact: none, size: none };
        for (let item = 0; item < items; item++) {
          const place = Math.floor(segment / threads) * threads * items + item * threads + (segment % threads);
          const weight = at(weights, run * source_count + source_count - 1 - place);
          own = {
            exact: plus(shifted(own.exact, at(gaps, place)), single(weight)),
            size: plus(shifted(own.size, at(gaps, place)), single(Math.abs(weight))),
          };
          expected[run * source_count + place] = own;
        }
        ends[run * segments + segment] = own;
      }
    }
    expectMoments(states, expected, items * (SHIFT + 1), "state");
    expectMoments(totals, ends, items * (SHIFT + 1), "total");
  });

  // Fewer segments than threads, as many, several a thread, and a last share that is not full.
  test.for([0, 1, 3, 4, 8, 13])("power-scan-spine: %i segments", async (segments, { device }) => {
    const gpu = new Gpu(device);
    const scan = await powerScanSpine(power).on(gpu, { threads });
    const share = Math.max(1, Math.ceil(segments / threads));
    // Multiples of 1/8, so that distances are exact.
    const lengths = Array.from({ length: segments }, (_, k) => (1 + ((5 * k) % 7)) / 8);
    const end = (k: number) => lengths.slice(0, k + 1).reduce((sum, length) => sum + length, 0);
    const spans = Float32Array.from(lengths.flatMap((length, k) => [length, end(k) - end(k - (k % share) - 1)]));
    const carries = normals(runs * segments * pitch, 3);
    const after = await runKernel(gpu, { reads: { spans }, writes: { carries } }, (arena, buffers) =>
      scan(arena, { runs, segments, share, ...buffers }),
    );
    const expected = Array.from({ length: runs * segments }, (_, i) => {
      const [run, k] = [Math.floor(i / segments), i % segments];
      const sum = (of: (value: number) => number) => {
        let before = none;
        for (let j = 0; j < k; j++) {
          before = plus(before, shifted(momentsAt(carries, run * segments + j).map(of), end(k - 1) - end(j)));
        }
        return before;
      };
      return { exact: sum((value) => value), size: sum(Math.abs) };
    });
    expectMoments(after.carries, expected, (segments + 3) * (SHIFT + 1), "carry");
  });

  test.for(awkwardCounts)("power-scan-evaluate: %i points", async (point_count, { device }) => {
    const gpu = new Gpu(device);
    const [product, residual] = await Promise.all([
      powerScanEvaluate(power, "product").on(gpu),
      powerScanEvaluate(power, "residual").on(gpu),
    ]);
    const [state_count, segments] = [9, 3];
    const [states, carries] = [normals(runs * state_count * pitch, 4), normals(runs * segments * pitch, 5)];
    const [distances, reaches] = [normals(point_count, 6).map(Math.abs), normals(point_count, 7).map(Math.abs)];
    const points = new Uint32Array(4 * point_count);
    const stateOf = (n: number) => (n % 5 === 2 ? NO_STATE : (4 * n) % state_count);
    for (let n = 0; n < point_count; n++) {
      points.set([stateOf(n), n % segments, ...bitsOf([at(distances, n), at(reaches, n)])], 4 * n);
    }
    const targets = normals(runs * point_count, 8);
    const value = (i: number, of: (value: number) => number) => {
      const [run, n] = [Math.floor(i / point_count), i % point_count];
      if (stateOf(n) === NO_STATE) return 0;
      const local = shifted(momentsAt(states, run * state_count + stateOf(n)).map(of), at(distances, n));
      const before = shifted(momentsAt(carries, run * segments + (n % segments)).map(of), at(reaches, n));
      return at(plus(local, before), power);
    };
    const given = { runs, point_count, state_count, segments };
    const writes = { output: poison(runs * point_count) };
    const size = (i: number) => value(i, Math.abs) + Math.abs(at(targets, i));
    const plain = await runKernel(gpu, { reads: { points, states, carries }, writes }, (arena, buffers) =>
      product(arena, { ...given, ...buffers }),
    );
    const exact = Array.from(plain.output, (_, i) => value(i, (moment) => moment));
    expectNear(plain.output, exact, (i) => (SHIFT + 1) * HALF_ULP * size(i), "point");

    const limits = bitsOf([0, 1e30]);
    const reads = { points, states, carries, targets, limits, counts: Uint32Array.of(5, 5 - 1) };
    const diverged = new Uint32Array(runs).fill(0xffffffff);
    const rest = await runKernel(gpu, { reads, writes: { ...writes, diverged } }, (arena, buffers) =>
      residual(arena, { ...given, ...buffers }),
    );
    const less = exact.map((f, i) => f - at(targets, i));
    expectNear(rest.output, less, (i) => (SHIFT + 2) * HALF_ULP * size(i), "residual");
    expect([...rest.diverged]).toEqual([point_count > 0 ? 5 : 0xffffffff, 0xffffffff]);
  });
});
