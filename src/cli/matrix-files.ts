import { extname } from "node:path";
import { readCsv } from "../csv/read-csv.ts";
import { ArgumentError } from "../index.ts";
import { readText } from "./files.ts";
import { requireFloat32 } from "./limits.ts";
import { openNpy } from "./npy.ts";

/** A table of numbers. */
export interface NumberTable {
  readonly rows: number;
  readonly cols: number;
  /** rows × cols, row-major. */
  readonly values: Float64Array;
  /** Names of the columns, from the first line of a .csv file; null where there are none. */
  readonly names: readonly string[] | null;
}

/**
 * Reads a matrix from a .npy file of one or two dimensions, or from a .csv file. One dimension is one column.
 * @throws ArgumentError where the file holds anything else, NotFiniteError where a number is beyond float32
 */
export function readTable(path: string): NumberTable {
  const kind = extname(path).toLowerCase();
  if (kind === ".csv") return readCsvTable(path);
  if (kind !== ".npy") throw new ArgumentError(`${path}: a file name that ends in .npy or .csv expected for a matrix`);
  const { shape, read } = openNpy(path);
  if (shape.length !== 1 && shape.length !== 2)
    throw new ArgumentError(`${path} is ${shape.length}-D; expected 1-D or 2-D`);
  const [rows = 0, cols = 1] = shape;
  if (rows * cols === 0) throw new ArgumentError(`${path} holds no numbers; expected at least one`);
  return { rows, cols, values: Float64Array.from(read()), names: null };
}

function readCsvTable(path: string): NumberTable {
  const { rows, layout } = readCsv(readText(path), path);
  const values = Float64Array.from(rows.flat());
  const cols = (rows[0] as readonly number[]).length;
  requireFloat32(path, values, [rows.length, cols]);
  return { rows: rows.length, cols, values, names: layout.header };
}

/** The columns of a table that `keep` names, by their numbers from 0. */
export function columnsOf({ rows, cols, values, names }: NumberTable, keep: readonly number[]): NumberTable {
  return {
    rows,
    cols: keep.length,
    values: Float64Array.from({ length: rows * keep.length }, (_, i) => {
      const [row, col] = [Math.floor(i / keep.length), keep[i % keep.length] as number];
      return values[row * cols + col] as number;
    }),
    names: names && keep.map((col) => names[col] as string),
  };
}
