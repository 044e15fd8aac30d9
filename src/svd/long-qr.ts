import { loadTriangle, spreadBlocks } from "../../shaders/load-working.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { MOST_WORKGROUPS } from "../gpu/workgroups.ts";
import { type BlockRows, type PanelQr, prepareApplyReflectors, preparePanelQr } from "./panel-qr.ts";
import { type WorkingLayout, workingBytes } from "./working-matrix.ts";

/**
 * Entries of a row in a block. With 8 for each row, all levels after the first are little work. With at least 1024, a block
 * is enough work for a workgroup.
 */
const BLOCK_LENGTH = { perRow: 8, least: 1024 };

/** Rows that a QR has factored, block by block. */
interface Level {
  readonly working: GPUBuffer;
  readonly layout: BlockRows;
  readonly qr: PanelQr;
}

/**
 * R = L·Q in levels (TSQR: Demmel, Grigori, Hoemmen & Langou, SIAM J. Sci. Comput. 34, 2012). Long rows are cut into
 * blocks. Each block has a QR of its own. The factors L of all blocks, side by side, are the rows of the next level. The
 * last level is one block, whose QR has pivoting. Its L is that of R.
 */
export interface LongQr {
  readonly levels: readonly Level[];
  readonly top: Level;
}

/** Steps of a QR of `working` rows, in a layout without vectors. They are overwritten. */
export async function prepareLongQr(gpu: Gpu, shape = shapesOf(gpu).reflectors) {
  const [factor, copyTriangle] = await Promise.all([preparePanelQr(gpu, shape), loadTriangle.on(gpu)]);
  return (arena: Arena, R: GPUBuffer, rows: WorkingLayout, keep: boolean): LongQr & { readonly steps: Step[] } => {
    const levels: Level[] = [];
    const steps: Step[] = [];
    for (let [working, layout] = [R, inBlocks(rows)]; ; ) {
      const { steps: factoring, ...qr } = factor(arena, working, layout, { pivoting: layout.blocks === 1, keep });
      const level = { working, layout, qr };
      levels.push(level);
      steps.push(...factoring);
      if (layout.blocks === 1) return { levels, top: level, steps };
      const joined = joinedLayout(layout);
      const target = arena.storage("factors of all blocks", workingBytes(joined));
      const triangles = { ...joinParams(layout, joined), pivots: qr.pivots, factored: working, working: target };
      steps.push(...copyTriangle(arena, triangles));
      [working, layout] = [target, inBlocks(joined)];
    }
  };
}

/** Steps that make the rows J·Q of R from the rows [J 0] of the top level, in the buffers of the levels. */
export async function prepareApplyQ(gpu: Gpu, shape = shapesOf(gpu).reflectors) {
  const [reflect, spread] = await Promise.all([prepareApplyReflectors(gpu, shape), spreadBlocks.on(gpu)]);
  return (arena: Arena, { levels }: LongQr): Step[] =>
    levels.toReversed().flatMap(({ working, layout, qr }, i, reversed) => {
      const above = reversed[i - 1];
      const spreading = above
        ? spread(arena, { ...spreadParams(layout, above.layout), joined: above.working, working })
        : [];
      return [...spreading, ...reflect(arena, qr, working, layout)];
    });
}

/** The layout, cut into as many blocks as have a useful length. */
function inBlocks(layout: WorkingLayout): BlockRows {
  const { batch, rows, rowStride } = layout;
  const length = Math.max(BLOCK_LENGTH.least, BLOCK_LENGTH.perRow * rows);
  const most = Math.floor(MOST_WORKGROUPS / batch);
  const blocks = Math.max(1, Math.min(most, Math.floor((4 * rowStride) / length)));
  return { ...layout, blocks, blockCols: Math.floor(rowStride / blocks) };
}

/** The layout of the factors L of all blocks, side by side. */
function joinedLayout({ batch, rows, blocks }: BlockRows): WorkingLayout {
  const cols = blocks * Math.ceil(rows / 4);
  return { batch, transposed: false, rows, workingRows: rows, length: 4 * cols, cols, rowStride: cols };
}

function joinParams(layout: BlockRows, joined: WorkingLayout) {
  const rowLength = 4 * joined.rowStride;
  return {
    rows: layout.rows,
    matrices: layout.batch * layout.blocks,
    blocks: layout.blocks,
    block_length: 4 * layout.blockCols,
    factored_rows: layout.workingRows,
    factored_length: 4 * layout.rowStride,
    matrix_step: joined.workingRows * rowLength,
    block_step: rowLength / layout.blocks,
    row_step: rowLength,
    col_step: 1,
    row_length: rowLength,
    identity_first: rowLength,
  };
}

function spreadParams({ batch, rows, workingRows, rowStride, blocks, blockCols }: BlockRows, joined: WorkingLayout) {
  return {
    batch,
    rows,
    working_rows: workingRows,
    row_stride: rowStride,
    blocks,
    block_cols: blockCols,
    joined_rows: joined.workingRows,
    joined_cols: joined.rowStride / blocks,
  };
}
