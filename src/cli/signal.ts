import { extname } from "node:path";
import Papa from "papaparse";
import { ArgumentError, NotFiniteError } from "../index.ts";
import { readText } from "./files.ts";
import { requireFloat32 } from "./float32-range.ts";
import { openNpy } from "./npy.ts";
import { decimalNumber } from "./options.ts";

/**
 * A signal from a one-dimensional .npy file, or from a .csv file with one column or one row of numbers.
 * @throws ArgumentError where the file holds anything else, NotFiniteError where a number is beyond float32.
 */
export function readSignal(path: string): Float64Array {
  const kind = extname(path).toLowerCase();
  if (kind === ".csv") return readCsv(path);
  if (kind !== ".npy") throw new ArgumentError(`${path}: a file name that ends in .npy or .csv expected`);
  const { shape, read } = openNpy(path);
  if (shape.length !== 1) throw new ArgumentError(`${path} is ${shape.length}-D; expected 1-D`);
  if (shape[0] === 0) throw new ArgumentError(`${path} holds no numbers; expected at least one`);
  return Float64Array.from(read());
}

function readCsv(path: string): Float64Array {
  const { data, errors } = Papa.parse<string[]>(readText(path), {
    skipEmptyLines: true,
    delimitersToGuess: [",", ";", "\t"],
  });
  const fault = errors.find(({ type }) => type === "Quotes");
  if (fault) throw new ArgumentError(`${path}, row ${(fault.row ?? 0) + 1}: ${fault.message}`);
  const columns = data.reduce((most, row) => Math.max(most, row.length), 0);
  if (data.length === 0) throw new ArgumentError(`${path} holds no numbers; expected at least one`);
  const values = Float64Array.from(
    data.flatMap((row, r) => row.map((cell, c) => readCell(`${path}, row ${r + 1}, column ${c + 1}`, cell))),
  );
  if (data.length > 1 && columns > 1) {
    throw new ArgumentError(`${path} has ${data.length} rows and ${columns} columns; expected one column or one row`);
  }
  requireFloat32(path, values, [values.length]);
  return values;
}

function readCell(place: string, text: string): number {
  const cell = text.trim();
  if (decimalNumber.test(cell)) return Number(cell);
  if (/^[+-]?(nan|inf|infinity)$/i.test(cell))
    throw new NotFiniteError(`${place} is ${cell}; expected a finite number`);
  throw new ArgumentError(`${place} is ${JSON.stringify(cell.slice(0, 40))}; expected a number`);
}
