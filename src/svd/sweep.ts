import { PAIR_ROWS } from "../../shaders/shared/sweep.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { executeAndRead } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { type Span, words } from "../gpu/read-back.ts";
import type { RunOptions, Step } from "../gpu/schedule.ts";
import { MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";
import { prepareRounds } from "./rounds.ts";
import type { BlockLayout } from "./working-matrix.ts";

/**
 * Sweeps before the first reading of `skewPairs`, and between two later ones. Few matrices take fewer than 6 sweeps. Once
 * a sweep has found all rows orthogonal, those after it are skipped: they cost less than a reading.
 */
const [FIRST_LOOK, SWEEPS_PER_LOOK] = [6, 3];

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

/** Sweeps over rows of `cols` vec4s. */
export async function prepareSweep(gpu: Gpu, { cols }: Pick<BlockLayout, "cols">, shape = shapesOf(gpu).sweep) {
  const encodeRounds = await prepareRounds(gpu, cols, shape);
  return (arena: Arena, working: GPUBuffer, layout: BlockLayout, tolerance: number): Sweep => {
    const { batch, blocks, rowStride } = layout;
    const skewPairs = arena.upload("skew pairs", new Uint32Array(batch).fill(1));
    const leftOver = arena.storage("skew pairs before", batch * 4);
    const history = arena.storage("skew pairs of each sweep", FIRST_LOOK * batch * 4);

    const work = PAIR_ROWS * PAIR_ROWS * 4 * rowStride;
    const parts = splitWork((batch * blocks) / 2, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
    const slots = Array.from({ length: Math.max(0, blocks - 1) }, (_, round) =>
      parts.map(({ first, count }) => ({ ofRound: { round, blocks, first_pair: first }, count })),
    ).flat();
    const steps: Step[] = [
      { kind: "copy", source: skewPairs, sourceOffset: 0, target: leftOver, targetOffset: 0, bytes: batch * 4 },
      { kind: "clear", buffer: skewPairs },
      ...encodeRounds(arena, { working, layout, tolerance, leftOver, skewPairs, work, slots }),
    ];
    return { steps, skewPairs, history };
  };
}

/**
 * Repeats a sweep until it finds all pairs of rows orthogonal, or `maxSweeps` are done. Each reading also runs `measuring`
 * and reads `measured`: the last one reads the result. `sweeps` counts the sweeps up to the first that found nothing to
 * do.
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
