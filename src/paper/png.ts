import { encode } from "fast-png";

/**
 * A `data:` URL of a picture, rows × cols numbers from 0 (black) to 1 (white), row-major: a PNG in 8-bit grey. An SVG of 42
 * pictures in rectangles would have 43 000 of them.
 */
export function pngUrl(values: ArrayLike<number>, rows: number, cols: number): string {
  const data = Uint8ClampedArray.from(values, (value) => 255 * value);
  const file = encode({ width: cols, height: rows, channels: 1, depth: 8, data });
  return `data:image/png;base64,${btoa(Array.from(file, (byte) => String.fromCharCode(byte)).join(""))}`;
}
