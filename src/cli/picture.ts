/** A grey picture of one channel, or a coloured one of three. */
export interface Picture {
  readonly rows: number;
  readonly cols: number;
  readonly channels: 1 | 3;
  /** channels × rows × cols numbers; those of a PNG or JPEG from 0 to 1. */
  readonly values: Float64Array;
}

/** A picture from the colours of its pixels, one number or three: grey where all are grey. */
export function pictureOf(
  rows: number,
  cols: number,
  colours: (row: number, col: number) => readonly number[],
): Picture {
  const pixels = rows * cols;
  const values = new Float64Array(3 * pixels);
  let isGrey = true;
  for (let i = 0; i < pixels; i++) {
    const [red = 0, green = red, blue = red] = colours(Math.floor(i / cols), i % cols);
    values[i] = red;
    values[pixels + i] = green;
    values[2 * pixels + i] = blue;
    isGrey &&= red === green && red === blue;
  }
  return isGrey ? { rows, cols, channels: 1, values: values.slice(0, pixels) } : { rows, cols, channels: 3, values };
}
