import { APPLY_WORKGROUP, applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram, SLICES_PER_WORKGROUP } from "../../shaders/block-gram.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { PAIR_ROWS } from "../../shaders/shared/sweep.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { executeAndRead } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { type Span, words } from "../gpu/read-back.ts";
import type { RunOptions, Step } from "../gpu/schedule.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";
import type { BlockLayout } from "./working-matrix.ts";

/**
 * vec4s of a row whose products one workgroup sums: enough work to hide its start, and so few that many workgroups share
 * a row.
 */
const SLICE_COLS = 16;

/** What a Jacobi sweep over one Gram matrix costs, in multiply–adds. */
const ROTATION_WORK = 8 * PAIR_ROWS ** 3;

/**
 * Sweeps before the first reading of `skewPairs`, and between two later ones. Few matrices take less than 6 sweeps. A
 * reading costs more than a sweep that finds all rows orthogonal, because such a sweep is skipped.
 */
const [FIRST_LOOK, SWEEPS_PER_LOOK] = [6, 2];

export interface SweepOptions extends RunOptions {
  /** Sweeps after which the iteration is given up. */
  readonly maxSweeps: number;
}

export interface Sweep {
  /**
   * All rounds of one sweep, in which each pair of blocks meets once. `skewPairs` is cleared first. A matrix in which
   * the previous sweep found no pair is skipped.
   */
  readonly steps: readonly Step[];
  /** u32, batch: pairs of rows that the last sweep found not orthogonal. */
  readonly skewPairs: GPUBuffer;
  /** u32, FIRST_LOOK × batch: copies of `skewPairs` after each sweep since the last look. */
  readonly history: GPUBuffer;
}

/** The three kernels of a Jacobi round, block-gram → pair-rotation → apply-rotation, as the schedule of a sweep. */
export async function prepareSweep(gpu: Gpu) {
  const { rotationColumns: columns, rowThreads: threads } = shapesOf(gpu.device);
  const [sumGram, rotate, apply] = await Promise.all([
    blockGram.on(gpu),
    pairRotation.on(gpu, { threads }),
    applyRotation({ columns }).on(gpu),
  ]);

  return (arena: Arena, working: GPUBuffer, layout: BlockLayout, tolerance: number): Sweep => {
    const { batch, blocks, cols, rowStride } = layout;
    const pairs = (batch * blocks) / 2;
    const slices = Math.max(1, Math.ceil(cols / SLICE_COLS));
    const pairBytes = PAIR_ROWS * PAIR_ROWS * 4;
    const gram = arena.storage("Gram matrices", pairs * slices * pairBytes);
    const rotation = arena.storage("rotations", pairs * pairBytes);
    const turned = arena.storage("turned pairs", pairs * 8);
    const skewPairs = arena.upload("skew pairs", new Uint32Array(batch).fill(1));
    const leftOver = arena.storage("skew pairs before", batch * 4);
    const history = arena.storage("skew pairs of each sweep", FIRST_LOOK * batch * 4);

    const work = PAIR_ROWS * PAIR_ROWS * 4 * rowStride;
    const parts = splitWork(pairs, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
    const slots = Array.from({ length: Math.max(0, blocks - 1) }, (_, round) =>
      parts.map(({ first, count }) => ({ ofRound: { round, blocks, first_pair: first }, count })),
    ).flat();
    const tiles = Math.ceil(rowStride / (APPLY_WORKGROUP * columns));
    const sliceGroups = Math.ceil(slices / SLICES_PER_WORKGROUP);
    const onGram = { working, left_over: leftOver, gram, row_stride: rowStride, cols, slices, slice_cols: SLICE_COLS };
    const onRotation = { gram, left_over: leftOver, rotation, turned, skew_pairs: skewPairs, slices, tolerance };
    const onRows = { rotation, turned, working, row_stride: rowStride };
    const kernels = [
      sumGram(
        arena,
        slots.map(({ ofRound, count }) => ({
          given: { ...ofRound, ...onGram },
          workgroups: checkedGrid(sliceGroups, count),
          work: count * PAIR_ROWS ** 2 * 4 * cols,
        })),
      ),
      rotate(
        arena,
        slots.map(({ ofRound, count }) => ({
          given: { ...ofRound, ...onRotation },
          workgroups: checkedGrid(count),
          work: count * ROTATION_WORK,
        })),
      ),
      apply(
        arena,
        slots.map(({ ofRound, count }) => ({
          given: { ...ofRound, ...onRows },
          workgroups: checkedGrid(tiles, count),
          work: count * work,
        })),
      ),
    ];
    const steps: Step[] = [
      { kind: "copy", source: skewPairs, sourceOffset: 0, target: leftOver, targetOffset: 0, bytes: batch * 4 },
      { kind: "clear", buffer: skewPairs },
      ...slots.flatMap((_, slot) => kernels.map((steps) => steps[slot] as Step)),
    ];
    return { steps, skewPairs, history };
  };
}

/**
 * Repeats a sweep until it finds all pairs of rows orthogonal, or `maxSweeps` are done. Each reading also runs `measuring`
 * and reads `measured`: the last one reads the result. `sweeps` counts those up to the first that found nothing to do.
 */
export async function repeatSweep<T>(
  gpu: Gpu,
  { steps, skewPairs, history }: Sweep,
  { measuring, measured }: { readonly measuring: Step; readonly measured: Span<T> },
  batch: number,
  { signal, onProgress, maxSweeps }: SweepOptions,
): Promise<{ sweeps: number; converged: boolean; measured: T }> {
  for (let sweeps = 0; ; ) {
    const before = sweeps;
    sweeps = Math.min(maxSweeps, before === 0 ? FIRST_LOOK : before + SWEEPS_PER_LOOK);
    const keep = { kind: "copy", source: skewPairs, sourceOffset: 0, target: history, bytes: batch * 4 } as const;
    const turns = Array.from({ length: sweeps - before }, (_, i): Step[] => [
      ...steps,
      { ...keep, targetOffset: i * batch * 4 },
    ]).flat();
    const spans = [words(history, (sweeps - before) * batch), measured] as const;
    const [pairs, values] = await executeAndRead(gpu, [...turns, measuring], spans, {
      signal,
      onSteps: (done) => {
        const turned = Math.min(done / (steps.length + 1), sweeps - before);
        const sweep = Math.ceil(turned);
        onProgress?.({ stage: `sweep ${before + sweep}`, fraction: turned - (sweep - 1) });
      },
    });
    const left = Array.from({ length: sweeps - before }, (_, i) => pairs.subarray(i * batch, (i + 1) * batch));
    const last = left.findIndex((ofBatch) => ofBatch.every((count) => count === 0));
    onProgress?.({ stage: `sweep ${sweeps}`, fraction: 1 });
    if (last >= 0) return { sweeps: before + last + 1, converged: true, measured: values };
    if (sweeps >= maxSweeps) return { sweeps, converged: false, measured: values };
  }
}
