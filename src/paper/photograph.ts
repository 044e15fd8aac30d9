import { ArgumentError } from "../index.ts";

interface PhotographRowOptions {
  /** The row, from 0 at the top; the middle one unless given. */
  readonly row?: number;
  /** The number of samples to make of the pixels of the row. */
  readonly samples: number;
}

/** The signals of the claims: the middle row of a picture, and others at the eighths of its height. */
export function photographRows(
  rgba: Uint8ClampedArray | Uint8Array,
  width: number,
  height: number,
  samples: number,
): { readonly row: Float64Array<ArrayBuffer>; readonly others: readonly Float64Array<ArrayBuffer>[] } {
  const rowAt = (eighth: number) =>
    photographRow(rgba, width, height, { row: Math.floor((eighth * height) / 8), samples });
  return { row: rowAt(4), others: [1, 2, 3, 5, 6, 7].map(rowAt) };
}

/**
 * One row of a picture as a signal in [0, 1]: the luma of its pixels, 0.299 R + 0.587 G + 0.114 B as in JPEG, averaged
 * over `samples` intervals of equal width. A pixel that is in two intervals counts in each with its share.
 *
 * @param rgba `height` × `width` × 4 bytes, row-major from the top left; alpha is not used
 * @throws ArgumentError where `rgba` has another length, the row is not in the picture, or `samples` is no positive
 * integer
 */
export function photographRow(
  rgba: Uint8ClampedArray | Uint8Array,
  width: number,
  height: number,
  { row = Math.floor(height / 2), samples }: PhotographRowOptions,
): Float64Array<ArrayBuffer> {
  if (rgba.length === 0 || rgba.length !== width * height * 4) {
    throw new ArgumentError(
      `rgba: ${rgba.length} bytes given, ${width} × ${height} × 4 of a picture with pixels expected`,
    );
  }
  if (!Number.isInteger(row) || row < 0 || row >= height) {
    throw new ArgumentError(`row: ${row} given, an integer from 0 to ${height - 1} expected`);
  }
  if (!Number.isSafeInteger(samples) || samples < 1) {
    throw new ArgumentError(`samples: ${samples} given, an integer of at least 1 expected`);
  }
  const luma = (column: number): number => {
    const at = 4 * (row * width + column);
    const [red = 0, green = 0, blue = 0] = rgba.subarray(at, at + 3);
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
  };
  return Float64Array.from({ length: samples }, (_, sample) => {
    const from = (sample * width) / samples;
    const to = ((sample + 1) * width) / samples;
    let sum = 0;
    for (let column = Math.floor(from); column < Math.min(width, to); column++) {
      sum += luma(column) * (Math.min(column + 1, to) - Math.max(column, from));
    }
    return Math.min(1, sum / (to - from));
  });
}
