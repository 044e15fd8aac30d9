/** A grey picture of one channel, or a coloured one of three. */
export interface Picture {
  readonly rows: number;
  readonly cols: number;
  readonly channels: 1 | 3;
  /** channels × rows × cols numbers; those of a PNG or JPEG from 0 to 1. */
  readonly values: Float64Array;
}

/** A picture from the colours of its pixels, one number or three: grey where all are grey. */
export function pictureOf(rows: number, cols: number, colours: (row: number, col: number) => number[]): Picture {
  const pixels = Array.from({ length: rows * cols }, (_, i) => colours(Math.floor(i / cols), i % cols));
  const isGrey = pixels.every(([red, ...others]) => others.every((other) => other === red));
  const channels = isGrey ? 1 : 3;
  const planes = Array.from({ length: channels }, (_, channel) => pixels.map((pixel) => pixel[channel] as number));
  return { rows, cols, channels, values: Float64Array.from(planes.flat()) };
}
