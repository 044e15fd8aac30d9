/**
 * Numbers from CSV text. Such a file does not say what separates columns and what marks decimals: "1,5" may be two numbers
 * or one. The whole file is read in every possible way, and refused unless exactly one of them fits.
 */
import { ArgumentError, NotFiniteError } from "../errors.ts";
import {
  decimalComma,
  decimalPoint,
  groupedByCommas,
  groupedByPoints,
  isName,
  isPadded,
  type Notation,
  toNumber,
} from "./notation.ts";
import { type Delimiter, Fault, type Table, toLines, toTable } from "./table.ts";

/** How the text was read. */
export interface CsvLayout {
  /** Separates columns; null where there is one column. */
  readonly delimiter: Delimiter | null;
  readonly decimalMark: "." | ",";
  /** Names of the columns, from a first line without numbers; null where there is no such line. */
  readonly header: readonly string[] | null;
  /** The number of empty lines, and of comments that begin with #. */
  readonly skippedLines: number;
}

export interface CsvNumbers {
  /** At least one, all of one length. */
  readonly rows: readonly (readonly number[])[];
  readonly layout: CsvLayout;
}

/** The whole file, read with one delimiter and one notation. Its rows may differ in length. */
interface Reading {
  readonly table: Table;
  readonly notation: Notation;
  readonly header: readonly string[] | null;
  readonly body: readonly (readonly string[])[];
  readonly rows: readonly (readonly number[])[];
  readonly lines: readonly number[];
}

const delimiters: readonly (Delimiter | null)[] = [";", "\t", ",", null];
const delimiterWords = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/**
 * Reads UTF-8 text of numbers with a decimal point or comma, in columns separated by commas, semicolons or tabs. It skips empty
 * lines and lines that begin with #. The first line may name the columns.
 * @throws ArgumentError where a cell is not a number, rows differ in length, or the file can be read in two ways;
 * NotFiniteError where a number is not finite. Both name the line.
 */
export function readCsv(text: string, name: string): CsvNumbers {
  if (text.includes("\0")) throw new ArgumentError(`${name} holds NUL characters, as UTF-16 does; UTF-8 text expected`);
  const lines = toLines(text);
  const attempts = delimiters
    .filter((delimiter) => delimiter === null || text.includes(delimiter))
    .flatMap((delimiter) => readingsOf(toTable(lines, delimiter)));
  const readings = attempts.filter((attempt): attempt is Reading => !(attempt instanceof Fault));
  const faults = attempts.filter((attempt) => attempt instanceof Fault);
  const [reading, other] = withoutTwins(probable(readings));
  if (!reading) {
    // The reading whose fault comes last is most likely the intended one.
    const [first, ...rest] = faults;
    if (!first) throw new ArgumentError(`${name} holds no numbers; expected at least one`);
    const last = rest.reduce((furthest, fault) => (fault.isAfter(furthest) ? fault : furthest), first);
    throw new ArgumentError(`${name}, ${last.words}`);
  }
  if (other) throw new ArgumentError(`${name}, ${compare(reading, other)}`);
  requireNumbers(reading, name);
  // What follows the last line end is not a line.
  const skippedLines = lines.slice(0, -1).filter((line) => line === "").length;
  return { rows: reading.rows, layout: { ...marksOf(reading), header: reading.header, skippedLines } };
}

type Marks = Pick<CsvLayout, "delimiter" | "decimalMark">;

/** "columns separated by commas, decimal points" */
export function describeMarks({ delimiter, decimalMark }: Marks): string {
  const columns = delimiter === null ? "" : `columns separated by ${delimiterWords[delimiter]}, `;
  return `${columns}decimal ${decimalMark === "." ? "points" : "commas"}`;
}

function marksOf({ table, notation: { decimalMark }, rows }: Reading): Marks {
  return { delimiter: rows.some((row) => row.length > 1) ? table.delimiter : null, decimalMark };
}

function readingsOf(table: Table | Fault): (Reading | Fault)[] {
  if (table instanceof Fault) return [table];
  if (table.rows.length === 0) return [];
  const point = read(table, decimalPoint);
  const others = [decimalComma, groupedByCommas];
  // A point is a decimal mark wherever it can be.
  if (point instanceof Fault) others.push(groupedByPoints);
  return [point, ...others.map((notation) => read(table, notation))];
}

function read(table: Table, notation: Notation): Reading | Fault {
  const [first = []] = table.rows;
  const names = first.filter((cell) => cell.trim() !== "");
  const named = table.rows.length > 1 && names.length > 0 && names.every(isName);
  const header = named ? first.map((cell) => cell.trim()) : null;
  const body = named ? table.rows.slice(1) : table.rows;
  const lines = named ? table.lines.slice(1) : table.lines;

  const rows: number[][] = [];
  for (const [r, cells] of body.entries()) {
    const line = lines[r] as number;
    if (header && cells.length !== header.length) {
      return new Fault(line, 0, lengths(line, cells, table.lines[0] as number, header));
    }
    const row: number[] = [];
    for (const [c, cell] of cells.entries()) {
      const value = toNumber(cell, notation);
      if (value === undefined) return new Fault(line, c + 1, noNumber(line, c + 1, cell));
      row.push(value);
    }
    rows.push(row);
  }
  return { table, notation, header, body, rows, lines };
}

/** The readings that the header and the digits allow, or all of them where header and digits contradict each other. */
function probable(readings: readonly Reading[]): readonly Reading[] {
  const names = ({ header }: Reading) => header !== null && header.length > 1;
  const unpadded = ({ body }: Reading) => !body.some((row) => row.some(isPadded));
  const named = readings.some(names);
  const left = readings.filter((reading) => unpadded(reading) && (!named || names(reading)));
  return left.length > 0 ? left : readings;
}

/** Of readings that give the same numbers, only the first. */
function withoutTwins(readings: readonly Reading[]): readonly Reading[] {
  return readings.filter(
    (reading, i) => !readings.slice(0, i).some((earlier) => firstDifference(earlier, reading) < 0),
  );
}

/** The first row in which two readings give different numbers; −1 where there is none. */
function firstDifference(a: Reading, b: Reading): number {
  const differs = (row: readonly number[], other: readonly number[]) =>
    row.length !== other.length || row.some((value, c) => !Object.is(value, other[c]));
  return a.rows.findIndex((row, r) => differs(row, b.rows[r] ?? []));
}

/** @throws ArgumentError or NotFiniteError for the faults that the only reading of a file still has. */
function requireNumbers({ notation, body, rows, lines }: Reading, name: string): void {
  const [first = []] = rows;
  for (const [r, row] of rows.entries()) {
    const line = lines[r] as number;
    if (row.length !== first.length) {
      throw new ArgumentError(`${name}, ${lengths(line, row, lines[0] as number, first)}`);
    }
    for (const [c, value] of row.entries()) {
      const cell = body[r]?.[c] ?? "";
      if (notation.thousands !== undefined && cell.includes(notation.thousands)) {
        throw new ArgumentError(`${name}, ${noNumber(line, c + 1, cell)}`);
      }
      if (!Number.isFinite(value)) {
        throw new NotFiniteError(`${name}, ${place(line, c + 1, cell)}; expected a finite number`);
      }
    }
  }
}

function compare(a: Reading, b: Reading): string {
  const row = firstDifference(a, b);
  const ways = [a, b].map((reading) => {
    const numbers = (reading.rows[row] ?? []).slice(0, 3).join(" and ");
    return `${numbers} (${reading.notation.thousands ? "thousands separators" : describeMarks(marksOf(reading))})`;
  });
  return (
    `line ${a.lines[row]} may be ${ways.join(" or ")}; one reading expected: ` +
    "write a first line that names each column, and numbers with decimal points and no thousands separators"
  );
}

function lengths(line: number, row: ArrayLike<unknown>, firstLine: number, first: ArrayLike<unknown>): string {
  return `line ${line} has ${row.length} cells, line ${firstLine} ${first.length}; rows of one length expected`;
}

function noNumber(line: number, column: number, cell: string): string {
  const grouped = /^[+-]?\d{1,3}([., '’\u00a0\u202f])\d{3}(?!\d)/.test(cell.trim());
  return `${place(line, column, cell)}; expected a number${grouped ? " without thousands separators" : ""}`;
}

function place(line: number, column: number, cell: string): string {
  return `line ${line}, column ${column} is ${JSON.stringify(cell.trim().slice(0, 40))}`;
}
