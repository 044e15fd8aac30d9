import { ArgumentError } from "../index.ts";

/** A picture by the luma of its pixels, from 0 to 1. */
export interface Luma {
  readonly rows: number;
  readonly cols: number;
  at(row: number, col: number): number;
}

/** 0.299 R + 0.587 G + 0.114 B, as in JPEG. */
export function lumaOf(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/**
 * The luma of a picture of bytes.
 * @param rgba `rows` × `cols` × 4 bytes, row-major from the top left; alpha is not used
 * @throws ArgumentError where `rgba` is empty or has another length
 */
export function lumaOfRgba(rgba: Uint8ClampedArray | Uint8Array, rows: number, cols: number): Luma {
  if (rgba.length === 0 || rgba.length !== rows * cols * 4) {
    throw new ArgumentError(
      `rgba: ${rgba.length} bytes given, ${rows} × ${cols} × 4 of a picture with pixels expected`,
    );
  }
  const at = (row: number, col: number) => {
    const first = 4 * (row * cols + col);
    const [red = 0, green = 0, blue = 0] = rgba.subarray(first, first + 3);
    return lumaOf(red, green, blue) / 255;
  };
  return { rows, cols, at };
}

interface PhotographRowOptions {
  /** The row, from 0 at the top; the middle one unless given. */
  readonly row?: number;
  /** The number of samples to make of the pixels of the row. */
  readonly samples: number;
}

/** The signals of the claims: the middle row of a picture, and others at the eighths of its height. */
export function photographRows(
  picture: Luma,
  samples: number,
): { readonly row: Float64Array<ArrayBuffer>; readonly others: readonly Float64Array<ArrayBuffer>[] } {
  const rowAt = (eighth: number) => photographRow(picture, { row: Math.floor((eighth * picture.rows) / 8), samples });
  return { row: rowAt(4), others: [1, 2, 3, 5, 6, 7].map(rowAt) };
}

/**
 * One row of a picture as a signal in [0, 1]: the luma of its pixels, averaged over `samples` intervals of equal width. A
 * pixel that is in two intervals counts in each with its share.
 *
 * @throws ArgumentError where the row is not in the picture, or `samples` is no positive integer
 */
export function photographRow(
  { rows, cols, at }: Luma,
  { row = Math.floor(rows / 2), samples }: PhotographRowOptions,
): Float64Array<ArrayBuffer> {
  if (!Number.isInteger(row) || row < 0 || row >= rows) {
    throw new ArgumentError(`row: ${row} given, an integer from 0 to ${rows - 1} expected`);
  }
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw new ArgumentError(`samples: ${samples} given, an integer of at least 1 expected`);
  }
  return Float64Array.from({ length: samples }, (_, sample) => {
    const from = (sample * cols) / samples;
    const to = ((sample + 1) * cols) / samples;
    let sum = 0;
    for (let col = Math.floor(from); col < Math.min(cols, to); col++) {
      sum += at(row, col) * (Math.min(col + 1, to) - Math.max(col, from));
    }
    return Math.min(1, sum / (to - from));
  });
}
