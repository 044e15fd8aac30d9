import { extname } from "node:path";
import { type CsvLayout, describeMarks, readCsv } from "../csv/read-csv.ts";
import { ArgumentError } from "../index.ts";
import { readText } from "./files.ts";
import { requireFloat32 } from "./limits.ts";
import { openNpy } from "./npy.ts";

interface Signal {
  readonly values: Float64Array;
  /** How the file was read, for the JSON output: a CSV file does not say it itself. */
  readonly file: { readonly samples: number } & (CsvLayout | { readonly dtype: string });
}

/**
 * A signal from a one-dimensional .npy file, or from a .csv file with one column or one row of numbers.
 * @throws ArgumentError where the file holds anything else, NotFiniteError where a number is beyond float32
 */
export function readSignal(path: string): Signal {
  const kind = extname(path).toLowerCase();
  if (kind === ".csv") return readColumnOrRow(path);
  if (kind !== ".npy") throw new ArgumentError(`${path}: a file name that ends in .npy or .csv expected for a signal`);
  const { shape, dtype, read } = openNpy(path);
  if (shape.length !== 1) throw new ArgumentError(`${path} is ${shape.length}-D; expected 1-D`);
  if (shape[0] === 0) throw new ArgumentError(`${path} holds no numbers; expected at least one`);
  const values = Float64Array.from(read());
  return { values, file: { samples: values.length, dtype } };
}

function readColumnOrRow(path: string): Signal {
  const { rows, layout } = readCsv(readText(path), path);
  const columns = rows[0]?.length ?? 0;
  // A row below the names of several columns is a table with one sample of each.
  if (columns > 1 && (rows.length > 1 || layout.header)) {
    const given = `${rows.length} ${rows.length === 1 ? "row" : "rows"} and ${columns} columns`;
    throw new ArgumentError(`${path} has ${given} (${describeMarks(layout)}); expected one column or one row`);
  }
  const values = Float64Array.from(rows.flat());
  requireFloat32(path, values, [values.length]);
  return { values, file: { samples: values.length, ...layout } };
}
