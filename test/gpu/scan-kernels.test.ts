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

  /** The moments of a run in the order of `scan`: states, carries, totals. */
  const partsOf = (scan: Float32Array, run: number, counts: readonly number[]) => {
    const ofRun = counts.reduce((sum, count) => sum + count, 0);
    let first = run * ofRun;
    return counts.map((count) => {
      const part = scan.subarray(first * pitch, (first + count) * pitch);
      first += count;
      return part;
    });
  };

  const groupings = [0, 1, 3].flatMap((groups) => [false, true].map((isGrouped) => [groups, isGrouped] as const));
  test.for(groupings)("power-scan-local: %i groups, scanned: %s", async ([groups, isGrouped], { device }) => {
    const gpu = new Gpu(device);
    const items = 5;
    const local = await powerScanLocal(power, isGrouped).on(gpu, { threads, items });
    const segments = groups * threads;
    const source_count = segments * items;
    const weights = normals(runs * source_count, 1);
    // Multiples of 1/8, so that sums of distances are exact.
    const gaps = Float32Array.from({ length: source_count }, (_, i) => ((5 * i) % 7) / 8);
    /** Item j of segment t of a group stands at j·threads + t of the group's sources. */
    const place = (i: number) => {
      const inGroup = i % (threads * items);
      return i - inGroup + (inGroup % items) * threads + Math.floor(inGroup / items);
    };
    const sources = new Uint32Array(2 * source_count);
    for (let i = 0; i < source_count; i++) {
      sources.set([source_count - 1 - i, at(bitsOf([at(gaps, i)]), 0)], 2 * place(i)); // weights stand in another order
    }
    const sumOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
    const spans = Float32Array.from({ length: segments }, (_, k) => sumOf(gaps.subarray(k * items, (k + 1) * items)));
    const counts = isGrouped ? [source_count, segments, groups] : [source_count, segments];
    const writes = { scan: poison(runs * counts.reduce((sum, count) => sum + count, 0) * pitch) };
    const { scan } = await runKernel(gpu, { reads: { sources, spans, weights }, writes }, (arena, buffers) =>
      local(arena, [{ given: { source_count, segments, ...buffers }, workgroups: [groups, runs, 1], work: 1 }]),
    );
    /** Moments at source `last` of the sources from `first` on. */
    const momentsOf = (run: number, first: number, last: number, of: (value: number) => number) => {
      let own = none;
      for (let i = first; i <= last; i++) {
        own = plus(shifted(own, at(gaps, i)), single(of(at(weights, run * source_count + source_count - 1 - i))));
      }
      return own;
    };
    for (let run = 0; run < runs; run++) {
      const expected = (first: number, last: number) => ({
        exact: momentsOf(run, first, last, (value) => value),
        size: momentsOf(run, first, last, Math.abs),
      });
      const firstOf = (k: number, size: number) => k - (k % size);
      const [states = scan, ofSegments = scan, ofGroups = scan] = partsOf(scan, run, counts);
      const placed = new Float32Array(states.length);
      for (let i = 0; i < source_count; i++) {
        placed.set(states.subarray(place(i) * pitch, (place(i) + 1) * pitch), i * pitch);
      }
      const ofStates = Array.from({ length: source_count }, (_, i) => expected(firstOf(i, items), i));
      const roundings = items * (SHIFT + 1);
      expectMoments(placed, ofStates, roundings, "state");
      const totals = (count: number, size: number) =>
        Array.from({ length: count }, (_, k) => expected(k * size, (k + 1) * size - 1));
      if (!isGrouped) {
        expectMoments(ofSegments, totals(segments, items), roundings, "total of a segment");
        continue;
      }
      const carries = Array.from({ length: segments }, (_, k) => expected(firstOf(k, threads) * items, k * items - 1));
      expectMoments(ofSegments, carries, roundings + 2 * (SHIFT + 1), "carry");
      expectMoments(ofGroups, totals(groups, threads * items), roundings + 2 * (SHIFT + 1), "total of a group");
    }
  });

  // Fewer parts than threads, as many, several a thread, and a last share that is not full.
  test.for([0, 1, 3, 4, 8, 13])("power-scan-spine: %i parts", async (parts, { device }) => {
    const gpu = new Gpu(device);
    const spine = await powerScanSpine(power).on(gpu, { threads });
    const share = Math.max(1, Math.ceil(parts / threads));
    const before = 5;
    // Multiples of 1/8, so that distances are exact.
    const lengths = Array.from({ length: parts }, (_, k) => (1 + ((5 * k) % 7)) / 8);
    const end = (k: number) => lengths.slice(0, k + 1).reduce((sum, length) => sum + length, 0);
    const part_spans = Float32Array.from(lengths.flatMap((length, k) => [length, end(k) - end(k - (k % share) - 1)]));
    const scan = normals(runs * (before + parts) * pitch, 3);
    const after = await runKernel(gpu, { reads: { part_spans }, writes: { scan } }, (arena, buffers) =>
      spine(arena, { runs, parts, share, before, ...buffers }),
    );
    for (let run = 0; run < runs; run++) {
      const [kept, totals] = partsOf(scan, run, [before, parts]) as [Float32Array, Float32Array];
      const [keptAfter, totalsAfter] = partsOf(after.scan, run, [before, parts]) as [Float32Array, Float32Array];
      const expected = Array.from({ length: parts }, (_, k) => {
        const sum = (of: (value: number) => number) => {
          let moments = none;
          for (let j = 0; j < k; j++) {
            moments = plus(moments, shifted(momentsAt(totals, j).map(of), end(k - 1) - end(j)));
          }
          return moments;
        };
        return { exact: sum((value) => value), size: sum(Math.abs) };
      });
      expectMoments(totalsAfter, expected, (parts + 3) * (SHIFT + 1), "total");
      expect(keptAfter).toEqual(kept);
    }
  });

  const kinds = ["segments", "groups", "few groups"] as const;
  test.for(awkwardCounts.flatMap((points) => kinds.map((kind) => [points, kind] as const)))(
    "power-scan-evaluate: %i points, %s",
    async ([point_count, kind], { device }) => {
      const gpu = new Gpu(device);
      const [items, groups] = [2, 3];
      const [product, residual] = await Promise.all([
        powerScanEvaluate(power, "product", kind).on(gpu, { threads, items }),
        powerScanEvaluate(power, "residual", kind).on(gpu, { threads, items }),
      ]);
      const segments = groups * threads;
      const states = segments * items;
      const counts = kind === "segments" ? [states, segments] : [states, segments, groups];
      const scan = normals(runs * counts.reduce((sum, count) => sum + count, 0) * pitch, 4);
      const lengths = (seed: number) => normals(point_count, seed).map(Math.abs);
      const [distances, reaches, groupReaches] = [lengths(6), lengths(7), lengths(8)];
      const part_spans = Float32Array.of(0.5, 0, 0.25, 0, 0.75, 0);
      const stateOf = (n: number) => (n % 5 === 2 ? NO_STATE : (7 * n) % states);
      const groupOf = (n: number) => Math.floor(stateOf(n) / (threads * items));
      const segmentOf = (n: number) => groupOf(n) * threads + (stateOf(n) % threads);
      const points = new Uint32Array(4 * point_count);
      for (let n = 0; n < point_count; n++) {
        points.set([stateOf(n), ...bitsOf([at(distances, n), at(reaches, n), at(groupReaches, n)])], 4 * n);
        if (kind === "segments") points[4 * n + 3] = segmentOf(n);
      }
      const targets = normals(runs * point_count, 9);
      const value = (i: number, of: (value: number) => number) => {
        const [run, n] = [Math.floor(i / point_count), i % point_count];
        if (stateOf(n) === NO_STATE) return 0;
        const [ofSources = scan, ofSegments = scan, ofGroups = scan] = partsOf(scan, run, counts);
        const before = (group: number) => {
          if (kind === "groups") return momentsAt(ofGroups, group).map(of);
          let moments = none;
          for (let k = 0; k < group; k++) {
            moments = plus(shifted(moments, at(part_spans, 2 * k)), momentsAt(ofGroups, k).map(of));
          }
          return moments;
        };
        const terms = [
          shifted(momentsAt(ofSources, stateOf(n)).map(of), at(distances, n)),
          shifted(momentsAt(ofSegments, segmentOf(n)).map(of), at(reaches, n)),
          kind === "segments" ? none : shifted(before(groupOf(n)), at(groupReaches, n)),
        ];
        return terms.reduce((sum, term) => sum + at(term, power), 0);
      };
      const given = { runs, point_count, segments };
      const writes = { output: poison(runs * point_count) };
      const size = (i: number) => value(i, Math.abs) + Math.abs(at(targets, i));
      const plain = await runKernel(gpu, { reads: { points, scan, part_spans }, writes }, (arena, buffers) =>
        product(arena, { ...given, ...buffers }),
      );
      const exact = Array.from(plain.output, (_, i) => value(i, (moment) => moment));
      const roundings = (kind === "few groups" ? 4 : 2) * (SHIFT + 1);
      expectNear(plain.output, exact, (i) => roundings * HALF_ULP * size(i), "point");

      const limits = bitsOf([0, 1e30]);
      const reads = { points, scan, part_spans, targets, limits, counts: Uint32Array.of(5, 4) };
      const diverged = new Uint32Array(runs).fill(0xffffffff);
      const rest = await runKernel(gpu, { reads, writes: { ...writes, diverged } }, (arena, buffers) =>
        residual(arena, { ...given, ...buffers }),
      );
      const less = exact.map((f, i) => f - at(targets, i));
      expectNear(rest.output, less, (i) => (roundings + 1) * HALF_ULP * size(i), "residual");
      expect([...rest.diverged]).toEqual([point_count > 0 ? 5 : 0xffffffff, 0xffffffff]);
    },
  );
});
