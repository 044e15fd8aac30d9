import { APPLY_WORKGROUP, applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram, SLICES_A_WORKGROUP } from "../../shaders/block-gram.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { PAIR_ROWS } from "../../shaders/shared/sweep.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { shapesOf } from "./shapes.ts";
import type { BlockLayout } from "./working-layout.ts";

/** Columns, in vec4s, that one workgroup sums of a Gram matrix: enough work to hide its start, little enough to share. */
const SLICE_COLS = 16;

/** Multiply–adds that the sweep over a Gram matrix lasts as long as. */
const ROTATION_WORK = 8 * PAIR_ROWS ** 3;

export interface Sweep {
  /**
   * Every round of one sweep: each pair of blocks meets once. Begins by clearing `skewPairs`; a matrix in which the sweep
   * before found none is passed over.
   */
  readonly steps: readonly Step[];
  /** u32 a matrix: pairs of rows that the last sweep found not to be orthogonal. */
  readonly skewPairs: GPUBuffer;
}

/** The three kernels of a Jacobi round, block-gram → pair-rotation → apply-rotation, as the schedule of a sweep. */
export async function createSweep(gpu: Gpu) {
  const { rotationColumns: columns, rowThreads: threads } = shapesOf(gpu.device);
  const [gramPipeline, rotationPipeline, applyPipeline] = await Promise.all([
    gpu.pipelines.get({ label: "block-gram", code: blockGram }),
    gpu.pipelines.get({
      label: "pair-rotation",
      code: pairRotation,
      constants: { threads },
    }),
    gpu.pipelines.get({ label: "apply-rotation", code: applyRotation({ columns }) }),
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

    const work = PAIR_ROWS * PAIR_ROWS * 4 * rowStride;
    const parts = splitWork(pairs, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
    const slots = Array.from({ length: Math.max(0, blocks - 1) }, (_, round) =>
      parts.map((part) => ({ round, ...part })),
    ).flat();
    const params = arena.uniform(
      "sweep params",
      packUniforms(
        ...slots.map(
          ({ round, first }) =>
            [
              ["u32", round],
              ["u32", blocks],
              ["u32", rowStride],
              ["u32", cols],
              ["u32", slices],
              ["u32", SLICE_COLS],
              ["u32", first],
              ["f32", tolerance],
            ] as const,
        ),
      ),
    );
    const tiles = Math.ceil(rowStride / (APPLY_WORKGROUP * columns));
    const sliceGroups = Math.ceil(slices / SLICES_A_WORKGROUP);
    const rounds = slots.flatMap(({ count }, i) => {
      const slot = { buffer: params, offset: i * UNIFORM_STRIDE, size: 32 };
      const [onGram, onRotation] = [
        [slot, working, leftOver, gram],
        [slot, gram, leftOver, rotation, turned, skewPairs],
      ];
      return [
        dispatch(gpu, gramPipeline, onGram, checkedGrid(sliceGroups, count), count * PAIR_ROWS ** 2 * 4 * cols),
        dispatch(gpu, rotationPipeline, onRotation, checkedGrid(count), count * ROTATION_WORK),
        dispatch(gpu, applyPipeline, [slot, rotation, turned, working], checkedGrid(tiles, count), count * work),
      ];
    });
    const steps: Step[] = [
      { kind: "copy", source: skewPairs, sourceOffset: 0, target: leftOver, targetOffset: 0, bytes: batch * 4 },
      { kind: "clear", buffer: skewPairs },
      ...rounds,
    ];
    return { steps, skewPairs };
  };
}
