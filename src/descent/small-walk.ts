import { smallDescent } from "../../shaders/small-descent.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { adapterKind } from "../gpu/device.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { mapSpan, words } from "../gpu/read-back.ts";
import { checkedGrid } from "../gpu/workgroups.ts";
import { createCoefficientTable, type LinearIteration } from "./coefficient-table.ts";
import { NEVER } from "./divergence.ts";
import type { Start } from "./start.ts";
import { dispatchesOfSteps, type Walk } from "./walk.ts";

const MOST_ENTRIES = 2 ** 14;
const MOST_SIDES = 512;

/**
 * Whether a step by one workgroup for each run takes no longer than the dispatches that it saves, and the run's vectors fit
 * in the workgroup. On a software adapter, runs that share a matrix are faster by products, which read it once for several
 * runs.
 */
export function isSmall(device: GPUDevice, { rows, cols, batch }: Matrix, runs: number): boolean {
  const sharing = batch === 1 && adapterKind(device) === "gpu" ? 1 : runs;
  return rows * cols * sharing <= MOST_ENTRIES && rows + cols <= MOST_SIDES;
}

/** Words of a run's `progress`: steps done, the bits of its limit, the step of divergence. */
const PROGRESS_WORDS = 3;

/** A linear method with momentum on a small matrix. One dispatch takes many steps. */
export async function createSmallWalk(
  gpu: Gpu,
  arena: Arena,
  { runs, weights, firstWeights, residuals: { targets }, limits }: Start,
  { buffer: a, rows, cols, batch }: Matrix,
  iterations: readonly LinearIteration[],
): Promise<Walk> {
  const descend = await smallDescent.on(gpu, {
    threads: shapesOf(gpu).rowThreads,
    most_rows: powerOfTwo(rows),
    most_cols: powerOfTwo(cols),
  });
  return gpu.guard("descend", (): Walk => {
    const length = runs * cols;
    const velocity = arena.storage("velocity", length * 4);
    const point = arena.upload("point", firstWeights);
    const progress = arena.upload("progress", progressFrom(limits));
    const table = createCoefficientTable(gpu, arena, iterations);
    const matrix_step = batch > 1 ? rows * cols : 0;
    const given = { ...table.given, rows, cols, matrix_step, a, targets, weights, velocity, point, progress };
    const advance = dispatchesOfSteps(gpu, 2 * rows * cols * runs, (dispatches) =>
      descend(
        arena,
        dispatches.map(({ steps, work }) => ({ given: { ...given, steps }, workgroups: checkedGrid(runs), work })),
      ),
    );
    const progressWords = runs * PROGRESS_WORDS;
    return {
      state: [
        ...[weights, velocity, point].map((buffer) => ({ buffer, words: length })),
        { buffer: progress, words: progressWords },
      ],
      loaded: table.steps,
      load: table.load,
      advance,
      diverged: mapSpan(words(progress, progressWords), (values) =>
        values.filter((_, i) => i % PROGRESS_WORDS === PROGRESS_WORDS - 1),
      ),
    };
  });
}

function progressFrom(limits: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(limits.buffer, limits.byteOffset, limits.length);
  const progress = new Uint32Array(limits.length * PROGRESS_WORDS);
  bits.forEach((limit, run) => {
    progress.set([0, limit, NEVER], run * PROGRESS_WORDS);
  });
  return progress;
}

/** The least power of two that is at least `count` and 16, so that few sizes are compiled. */
function powerOfTwo(count: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(count)));
}
