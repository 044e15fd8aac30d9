import { applyRotation } from "../../shaders/apply-rotation.ts";
import { blockGram } from "../../shaders/block-gram.ts";
import { pairRotation } from "../../shaders/pair-rotation.ts";
import { pairTurn } from "../../shaders/pair-turn.ts";
import { PAIR_ROWS, SLICES, TILE, TILES } from "../../shaders/shared/sweep.ts";
import type { SweepShape } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid } from "../gpu/workgroups.ts";
import type { BlockLayout } from "./working-matrix.ts";

/** vec4s of a slice of the columns: enough work to hide its start, and so few that many workgroups share a row. */
const SLICE_COLS = 32;

/** What a Jacobi sweep over one Gram matrix costs, in multiply–adds. */
const ROTATION_WORK = 8 * PAIR_ROWS ** 3;

/** What all rounds of a sweep share. */
interface Rounds {
  readonly working: GPUBuffer;
  readonly layout: BlockLayout;
  readonly tolerance: number;
  readonly leftOver: GPUBuffer;
  readonly skewPairs: GPUBuffer;
  /** Multiply–adds of turning the rows of a pair. */
  readonly work: number;
  /** The pairs of each dispatch, by round. */
  readonly slots: readonly {
    readonly ofRound: { readonly round: number; readonly blocks: number; readonly first_pair: number };
    readonly count: number;
  }[];
}

/** Encodes the rounds of a sweep: the steps of each slot, one slot after another. */
type EncodeRounds = (arena: Arena, rounds: Rounds) => Step[];

/** For rows of `cols` vec4s that the rotations make orthogonal. */
export function prepareRounds(gpu: Gpu, cols: number, shape: SweepShape): Promise<EncodeRounds> {
  return cols <= shape.shortRow ? prepareShortRounds(gpu) : prepareLongRounds(gpu, shape);
}

/** A round of short rows is one kernel. */
async function prepareShortRounds(gpu: Gpu): Promise<EncodeRounds> {
  const turn = await pairTurn.on(gpu);
  return (arena, { working, layout: { cols, rowStride }, tolerance, leftOver, skewPairs, work, slots }) =>
    turn(
      arena,
      slots.map(({ ofRound, count }) => ({
        given: {
          ...ofRound,
          row_stride: rowStride,
          cols,
          tolerance,
          left_over: leftOver,
          working,
          skew_pairs: skewPairs,
        },
        workgroups: checkedGrid(count),
        work: count * (work + PAIR_ROWS ** 2 * 4 * cols + ROTATION_WORK),
      })),
    );
}

/** A round of long rows is three kernels, block-gram → pair-rotation → apply-rotation. */
async function prepareLongRounds(gpu: Gpu, { threads, floats, turners, inQuads }: SweepShape): Promise<EncodeRounds> {
  const [sumGram, rotate, apply] = await Promise.all([
    blockGram.on(gpu),
    pairRotation({ threads, inQuads }).on(gpu),
    applyRotation({ floats, threads: turners, inQuads }).on(gpu),
  ]);
  return (arena, { working, layout, tolerance, leftOver, skewPairs, work, slots }) => {
    const { batch, blocks, cols, rowStride } = layout;
    const pairs = (batch * blocks) / 2;
    const gramGroups = Math.max(1, Math.ceil(cols / (SLICES * SLICE_COLS)));
    const slices = gramGroups * SLICES;
    const gram = arena.storage("Gram matrices", pairs * slices * TILES * TILE ** 2 * 4);
    const rotation = arena.storage("rotations", pairs * PAIR_ROWS ** 2 * 4);
    const turned = arena.storage("turned pairs", pairs * 8);
    const tiles = Math.ceil((4 * rowStride) / (turners * floats));
    const groupCols = Math.ceil(cols / gramGroups);
    const onGram = { working, left_over: leftOver, gram, row_stride: rowStride, cols, slices, group_cols: groupCols };
    const onRotation = { gram, left_over: leftOver, rotation, turned, skew_pairs: skewPairs, slices, tolerance };
    const onRows = { rotation, turned, working, row_stride: rowStride };
    const kernels = [
      sumGram(
        arena,
        slots.map(({ ofRound, count }) => ({
          given: { ...ofRound, ...onGram },
          workgroups: checkedGrid(gramGroups, count),
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
    return slots.flatMap((_, slot) => kernels.map((steps) => steps[slot] as Step));
  };
}
