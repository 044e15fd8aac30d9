import {
  FEW_GROUPS,
  NO_STATE,
  powerScanEvaluate,
  powerScanLocal,
  powerScanSpine,
  type ScanParts,
} from "../../shaders/power-scan.ts";
import { MOMENT_BYTES, type ScanPower } from "../../shaders/shared/moments.ts";
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
  /** Distances over segments, where a workgroup scans its group of them. */
  readonly spans: GPUBuffer;
  /** Distances over the parts that are scanned after the segments. */
  readonly partSpans: GPUBuffer;
  readonly points: GPUBuffer;
  readonly sourceCount: number;
  readonly pointCount: number;
  /** Those that fill up the last group included. */
  readonly segments: number;
}

/**
 * Products with A[n,m] = (ω(x_n − b_m))₊^power, or with Aᵀ, in O(N + M) for each run and without A, for plans of up to
 * `mostSources` sources. First each segment of the sorted sources is scanned for its moments. Then the segments, or groups
 * of them, are scanned for the moments of all before them. Each point joins both. No workgroup waits for another.
 *
 * At N = M = 4096 the error is 2e-7 to 6e-7 of max|f|, wherever the origin lies. It is up to 3e-6 where weights of both
 * signs make max|f| small, and always about 1e-8 of the largest Σ|w|·|A|.
 */
export async function preparePowerScan(
  gpu: Gpu,
  power: ScanPower,
  mostSources: number,
  shape: ScanShape = shapesOf(gpu).scan,
) {
  const { threads, items, spineThreads, isGrouped } = shape;
  const groups = segmentsOf(mostSources, shape) / threads;
  const kind: ScanParts = !isGrouped ? "segments" : groups <= FEW_GROUPS ? "few groups" : "groups";
  const [local, spine, evaluate, evaluateResidual] = await Promise.all([
    powerScanLocal(power, isGrouped).on(gpu, { threads, items }),
    kind === "few groups" ? undefined : powerScanSpine(power).on(gpu, { threads: spineThreads }),
    powerScanEvaluate(power, "product", kind).on(gpu, { threads, items }),
    powerScanEvaluate(power, "residual", kind).on(gpu, { threads, items }),
  ]);

  /** Steps that compute the moments at every source, and what the evaluation takes of them. */
  const scanned = (arena: Arena, scan: ScanBuffers, input: GPUBuffer, runs: number) => {
    const { sources, spans, partSpans, points, sourceCount, pointCount, segments } = scan;
    const states = segments * items;
    const parts = partsOf(segments, shape);
    const before = isGrouped ? states + segments : states;
    const moments = arena.storage("power-scan moments", Math.max(1, runs * (before + parts)) * MOMENT_BYTES[power]);
    const common = { scan: moments, part_spans: partSpans, runs };
    const call = {
      given: { source_count: sourceCount, segments, sources, spans, weights: input, scan: moments },
      workgroups: checkedGrid(segments / threads, runs),
      work: runs * states * ELEMENT_WORK,
    };
    const share = partsOfThread(parts, shape);
    return {
      steps: [...local(arena, [call]), ...(spine ? [spine(arena, { ...common, parts, share, before })] : [])],
      given: { ...common, points, point_count: pointCount, segments },
    };
  };

  return {
    /** Uploads the plan: about 8 bytes for each source and 16 for each point. */
    upload(arena: Arena, plan: PowerScanPlan): ScanBuffers {
      const { sources, spans, partSpans, points, segments } = packPlan(plan, shape);
      return {
        sources: arena.upload("power-scan sources", sources),
        spans: arena.upload("power-scan spans", spans),
        partSpans: arena.upload("power-scan spans of parts", partSpans),
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

/** The number of segments, which fill whole groups. */
function segmentsOf(sources: number, { threads, items }: ScanShape): number {
  return threads * Math.ceil(sources / (items * threads));
}

/** The number of parts that are scanned after the segments: the groups of them, or the segments themselves. */
function partsOf(segments: number, { threads, isGrouped }: ScanShape): number {
  return isGrouped ? segments / threads : segments;
}

/** How many neighbouring parts one thread of the spine scans. */
function partsOfThread(parts: number, { spineThreads }: ScanShape): number {
  return Math.max(1, Math.ceil(parts / spineThreads));
}

/** The arrays of structs that the kernels read, and the number of segments. */
function packPlan({ order, positions, points, before, scale }: PowerScanPlan, shape: ScanShape) {
  const { threads, items, isGrouped } = shape;
  const ofGroup = items * threads;
  const ofPart = isGrouped ? ofGroup : items;
  const segments = segmentsOf(order.length, shape);
  const share = partsOfThread(partsOf(segments, shape), shape);
  /** From source i to a position that is not before it; 0 where there is no source i. */
  const distance = (i: number, to: number): number => (i < 0 ? 0 : scale * (to - (positions[i] as number)));
  /** Item j of thread t is at j·threads + t of its workgroup's sources, so that neighbouring threads read neighbours. */
  const place = (i: number): number => {
    const inGroup = i % ofGroup;
    return i - inGroup + (inGroup % items) * threads + Math.floor(inGroup / items);
  };

  // The padding of the last segments may have any weight: it comes after all sources, and no point reads it.
  const sources = records(segments * items, 2);
  order.forEach((source, i) => {
    const at = 2 * place(i);
    sources.words[at] = source;
    sources.floats[at + 1] = distance(i - 1, positions[i] as number);
  });
  /** Two distances to the last source of a part: from the last one before it, and from that before its thread's share. */
  const reachesOf = (part: number, size: number): [number, number] => {
    const last = positions[Math.min((part + 1) * size, order.length) - 1] as number;
    return [distance(part * size - 1, last), distance((part - (part % share)) * size - 1, last)];
  };
  const spans = new Float32Array(isGrouped ? segments : 0);
  for (let k = 0; k < spans.length && k * items < order.length; k++) [spans[k] = 0] = reachesOf(k, items);
  const partSpans = new Float32Array(2 * partsOf(segments, shape));
  for (let k = 0; k * ofPart < order.length; k++) partSpans.set(reachesOf(k, ofPart), 2 * k);
  const packed = records(before.length, 4);
  before.forEach((count, n) => {
    const last = count - 1;
    const point = points[n] as number;
    packed.words[4 * n] = last < 0 ? NO_STATE : place(last);
    packed.floats[4 * n + 1] = distance(last, point);
    packed.floats[4 * n + 2] = distance(last - (last % items) - 1, point);
    if (isGrouped) packed.floats[4 * n + 3] = distance(last - (last % ofGroup) - 1, point);
    else packed.words[4 * n + 3] = Math.floor(last / items);
  });
  return { sources: sources.words, spans, partSpans, points: packed.words, segments };
}

/** Memory for `count` structs of `members` 32-bit members, to be written as u32 or as f32. */
function records(count: number, members: number) {
  const buffer = new ArrayBuffer(4 * members * count);
  return { words: new Uint32Array(buffer), floats: new Float32Array(buffer) };
}
