import { BLOCK_ROWS } from "../../shaders/shared/sweep.ts";

export { NEGLIGIBLE_NORM } from "../../shaders/shared/sweep.ts";

/**
 * Layout of a matrix whose rows are made orthogonal: they are the rows of A where A is wide, and the columns of A where
 * A is tall, so that rows are few and long. Behind each row stands, when vectors are wanted, its row of the identity,
 * which collects the rotations: [R | I] becomes [QR | Q].
 */
export interface WorkingLayout {
  readonly batch: number;
  readonly transposed: boolean;
  /** Rows that hold data, min(rows, cols) of A. */
  readonly rows: number;
  /** Rows that there is room for. */
  readonly workingRows: number;
  /** Entries of a row of R, max(rows, cols) of A, and the vec4s they take. */
  readonly length: number;
  readonly cols: number;
  /** vec4s of a whole working row. */
  readonly rowStride: number;
}

/** The layout that a sweep in blocks works on. */
export interface BlockLayout extends WorkingLayout {
  /** Blocks of `BLOCK_ROWS` rows, filled up with zero rows: an even number, so that each meets every other. */
  readonly blocks: number;
}

/** Rows as they are, without room for more. */
export function rowLayout(rows: number, cols: number, batch: number, withVectors: boolean): WorkingLayout {
  const count = Math.min(rows, cols);
  const length = Math.max(rows, cols);
  const vec4s = Math.ceil(length / 4);
  return {
    batch,
    transposed: rows > cols,
    rows: count,
    workingRows: count,
    length,
    cols: vec4s,
    rowStride: vec4s + (withVectors ? Math.ceil(count / 4) : 0),
  };
}

export function workingLayout(rows: number, cols: number, batch: number, withVectors: boolean): BlockLayout {
  const layout = rowLayout(rows, cols, batch, withVectors);
  const blocks = 2 * Math.ceil(layout.rows / (2 * BLOCK_ROWS));
  return { ...layout, blocks, workingRows: blocks * BLOCK_ROWS };
}

/** Bytes of the working matrices of a whole batch. */
export function workingBytes({ batch, workingRows, rowStride }: WorkingLayout): number {
  return batch * workingRows * rowStride * 16;
}
