import { type CsvNumbers, describeMarks, readCsv } from "../../src/csv/read-csv.ts";
import { decodePicture, type Picture } from "../shared/picture.ts";

/** A user's file: a picture, or a series of numbers scaled to [0, 1]. `read` says how the series was read. */
export type Upload = { readonly picture: Picture } | { readonly series: Float64Array; readonly read: string };

/** @throws Error that says what is wrong with the file. */
export async function readUpload(file: File): Promise<Upload> {
  if (file.type.startsWith("image/")) {
    const picture = await decodePicture(file).catch(() => {
      throw new Error(`${file.name} is no picture that this browser can decode.`);
    });
    return { picture };
  }
  const { values, read } = seriesOf(readCsv(await file.text(), file.name));
  if (values.length < 2) throw new Error(`${file.name} has ${values.length} numbers; at least 2 are needed.`);
  return { series: toUnitRange(values), read };
}

/** The only row of numbers, or the last column. */
function seriesOf({ rows, layout }: CsvNumbers): { values: readonly number[]; read: string } {
  const [first = []] = rows;
  const { header } = layout;
  const marks = describeMarks(layout);
  if (rows.length === 1 && !header) return { values: first, read: `Read: a row of ${first.length} numbers; ${marks}.` };
  const name = header ? `, “${header.at(-1)}”` : "";
  const column = first.length === 1 ? "a column" : `the last of ${first.length} columns`;
  const values = rows.map((row) => row.at(-1) ?? 0);
  return { values, read: `Read: ${column}${name}, ${rows.length} numbers; ${marks}.` };
}

/** Scales the numbers to [0, 1], the range whose peak PSNR assumes. A constant series becomes ½. */
function toUnitRange(values: readonly number[]): Float64Array {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0.5));
}

/** The means of a series, as a piecewise constant function, over `count` equal parts. */
export function resample(values: Float64Array, count: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => {
    sums[i + 1] = (sums[i] ?? 0) + value;
  });
  const sumUpTo = (position: number) => {
    const whole = Math.min(Math.floor(position), values.length - 1);
    return (sums[whole] ?? 0) + (position - whole) * (values[whole] ?? 0);
  };
  const part = values.length / count;
  return Float64Array.from({ length: count }, (_, i) => (sumUpTo((i + 1) * part) - sumUpTo(i * part)) / part);
}
