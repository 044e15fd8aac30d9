import {
  MOMENT_BYTES,
  NO_STATE,
  powerScanEvaluate,
  powerScanLocal,
  powerScanSpine,
  type ScanPower,
} from "../../shaders/power-scan.ts";
import { type ScanShape, shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, ELEMENT_WORK } from "../gpu/workgroups.ts";
import type { PowerScanPlan } from "../theory/power-scan.ts";
import type { ProductBuffers, ResidualBuffers } from "./products.ts";

/** A plan on the GPU: arrays of the structs that the three kernels read. */
interface ScanBuffers {
  readonly sources: GPUBuffer;
  readonly spans: GPUBuffer;
  readonly points: GPUBuffer;
  readonly sourceCount: number;
  readonly pointCount: number;
  /** Segments, padding included. */
  readonly segments: number;
}

/**
 * Products with A[n,m] = (ω(x_n − b_m))₊^power, or with Aᵀ, in O(N + M) for each run and without A. Each segment of the
 * sorted sources is scanned for its moments, then the segments for the moments of all before them, and each point joins
 * both. No workgroup waits for another.
 *
 * At N = M = 4096 the error is 2e-7 to 6e-7 of max|f|, wherever the origin lies. It is up to 3e-6 where weights of both
 * signs make max|f| small, and always about 1e-8 of the largest Σ|w|·|A|.
 */
export async function preparePowerScan(gpu: Gpu, power: ScanPower, shape: ScanShape = shapesOf(gpu.device).scan) {
  const { threads, items, spineThreads } = shape;
  const [local, spine, evaluate, evaluateResidual] = await Promise.all([
    powerScanLocal(power).on(gpu, { threads, items }),
    powerScanSpine(power).on(gpu, { threads: spineThreads }),
    powerScanEvaluate(power, "product").on(gpu),
    powerScanEvaluate(power, "residual").on(gpu),
  ]);

  /** Steps that compute the moments at every source, and what the evaluation is given of them. */
  const scanned = (arena: Arena, scan: ScanBuffers, input: GPUBuffer, runs: number) => {
    const { sources, spans, points, sourceCount, pointCount, segments } = scan;
    const bytes = Math.max(1, runs * segments) * MOMENT_BYTES[power];
    const carries = arena.storage("power-scan carries", bytes);
    const states = arena.storage("power-scan states", bytes * items);
    const share = segmentsOfThread(segments, shape);
    const call = {
      given: { source_count: sourceCount, segments, sources, weights: input, states, totals: carries },
      workgroups: checkedGrid(segments / threads, runs),
      work: runs * segments * items * ELEMENT_WORK,
    };
    return {
      steps: [...local(arena, [call]), spine(arena, { runs, segments, share, spans, carries })],
      given: { runs, point_count: pointCount, state_count: segments * items, segments, points, states, carries },
    };
  };

  return {
    /** Uploads the plan: about 8 bytes for each source and 16 for each point. */
    upload(arena: Arena, plan: PowerScanPlan): ScanBuffers {
      const { sources, spans, points, segments } = packPlan(plan, shape);
      return {
        sources: arena.upload("power-scan sources", sources),
        spans: arena.upload("power-scan spans", spans),
        points: arena.upload("power-scan points", points),
        sourceCount: plan.order.length,
        pointCount: plan.before.length,
        segments,
      };
    },

    /**
     * Steps of output = f for `runs` runs: input is runs × sources, output runs × points, both in the order in which they
     * were planned. Their scratch buffers, about runs × sources moments, are the arena's.
     */
    product(arena: Arena, scan: ScanBuffers, { input, output }: ProductBuffers, runs: number): Step[] {
      const { steps, given } = scanned(arena, scan, input, runs);
      return [...steps, evaluate(arena, { ...given, output })];
    },

    /** Steps of output = f − targets, watched for divergence. */
    residual(arena: Arena, scan: ScanBuffers, { input, ...buffers }: ResidualBuffers, runs: number): Step[] {
      const { steps, given } = scanned(arena, scan, input, runs);
      return [...steps, evaluateResidual(arena, { ...given, ...buffers })];
    },
  };
}

/** How many neighbouring segments one thread of the spine scans. */
function segmentsOfThread(segments: number, { spineThreads }: ScanShape): number {
  return Math.max(1, Math.ceil(segments / spineThreads));
}

/** The arrays of structs that the kernels read, and the number of segments. */
function packPlan({ order, positions, points, before, scale }: PowerScanPlan, shape: ScanShape) {
  const { threads, items } = shape;
  const segments = Math.ceil(order.length / (items * threads)) * threads;
  const share = segmentsOfThread(segments, shape);
  /** From source i to a position that is not before it; 0 where there is no source i. */
  const distance = (i: number, to: number): number => (i < 0 ? 0 : scale * (to - (positions[i] as number)));
  /** Item j of thread t is at j·threads + t of its workgroup's sources, so that neighbouring threads read neighbours. */
  const place = (i: number): number => {
    const inGroup = i % (items * threads);
    return i - inGroup + (inGroup % items) * threads + Math.floor(inGroup / items);
  };

  // The padding of the last segments may have any weight: it comes after all sources, and no point reads it.
  const sources = records(segments * items, 2);
  order.forEach((source, i) => {
    const at = 2 * place(i);
    sources.words[at] = source;
    sources.floats[at + 1] = distance(i - 1, positions[i] as number);
  });
  const spans = new Float32Array(2 * segments);
  for (let k = 0; k * items < order.length; k++) {
    const last = positions[Math.min((k + 1) * items, order.length) - 1] as number;
    spans[2 * k] = distance(k * items - 1, last);
    spans[2 * k + 1] = distance((k - (k % share)) * items - 1, last);
  }
  const packed = records(before.length, 4);
  before.forEach((count, n) => {
    const last = count - 1;
    const segment = Math.floor(last / items);
    const point = points[n] as number;
    packed.words[4 * n] = last < 0 ? NO_STATE : place(last);
    packed.words[4 * n + 1] = segment;
    packed.floats[4 * n + 2] = distance(last, point);
    packed.floats[4 * n + 3] = distance(segment * items - 1, point);
  });
  return { sources: sources.words, spans, points: packed.words, segments };
}

/** Memory for `count` structs of `members` 32-bit members, to be written as u32 or as f32. */
function records(count: number, members: number) {
  const buffer = new ArrayBuffer(4 * members * count);
  return { words: new Uint32Array(buffer), floats: new Float32Array(buffer) };
}
