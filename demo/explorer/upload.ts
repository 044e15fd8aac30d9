import Papa from "papaparse";
import { decodePicture, type Picture } from "../shared/picture.ts";

/** A user's file: a picture, of which a row is taken, or a series of numbers brought to [0, 1]. */
export type Upload = { readonly picture: Picture } | { readonly series: Float64Array };

/** @throws Error that says what is wrong with the file. */
export async function readUpload(file: File): Promise<Upload> {
  if (file.type.startsWith("image/")) {
    const picture = await decodePicture(file).catch(() => {
      throw new Error(`${file.name} is no picture that this browser can decode.`);
    });
    return { picture };
  }
  return { series: toUnitRange(parseSeries(await file.text(), file.name)) };
}

/** One row of numbers, or the last column of many; the first line may name the columns. */
function parseSeries(text: string, name: string): number[] {
  const { data } = Papa.parse<string[]>(text.trim(), { skipEmptyLines: "greedy" });
  const isNumber = (cell: string | undefined) =>
    cell !== undefined && cell.trim() !== "" && Number.isFinite(Number(cell));
  const hasHeader = data.length > 1 && !data[0]?.some(isNumber);
  const rows = hasHeader ? data.slice(1) : data;
  const cells = rows.length === 1 ? (rows[0] ?? []) : rows.map((row) => row.at(-1) ?? "");
  const fault = cells.findIndex((cell) => !isNumber(cell));
  if (fault >= 0) {
    const place = rows.length === 1 ? `column ${fault + 1}` : `line ${fault + 1 + (hasHeader ? 1 : 0)}`;
    throw new Error(`${name}, ${place}: “${cells[fault]}” is not a finite number.`);
  }
  if (cells.length < 2) throw new Error(`${name} has ${cells.length} numbers; at least 2 are needed.`);
  return cells.map(Number);
}

/** Brings the numbers to [0, 1], the range that PSNR's peak stands for; a constant series becomes ½. */
function toUnitRange(values: readonly number[]): Float64Array {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0.5));
}

/** `count` means over equal parts of a series, taken as steps. */
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
