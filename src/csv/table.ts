import Papa from "papaparse";

export type Delimiter = "," | ";" | "\t";

/** The cells of a file, separated by one delimiter. */
export interface Table {
  /** Null where each line is one cell. */
  readonly delimiter: Delimiter | null;
  readonly rows: readonly (readonly string[])[];
  /** The line in which each row begins, from 1. */
  readonly lines: readonly number[];
}

/** What is wrong with a file in one reading of it, and where. */
export class Fault {
  constructor(
    readonly line: number,
    readonly column: number,
    readonly words: string,
  ) {}

  isAfter(other: Fault): boolean {
    return this.line > other.line || (this.line === other.line && this.column > other.column);
  }
}

/** The lines of a text with any line ends. Comments become empty lines, so that all lines keep their numbers. */
export function toLines(text: string): string[] {
  const lines = text
    .replace(/^\ufeff/, "")
    .replaceAll("\r\n", "\n")
    .replaceAll("\r", "\n")
    .split("\n");
  return lines.map((line) => (line.trimStart().startsWith("#") ? "" : line));
}

/** Splits lines into cells. It omits empty lines, and the empty last cells where a delimiter ends every row. */
export function toTable(lines: readonly string[], delimiter: Delimiter | null): Table | Fault {
  const parsed = Papa.parse<string[]>(lines.join("\n"), { delimiter: delimiter ?? Papa.UNIT_SEP, newline: "\n" });
  const rows: string[][] = [];
  const starts: number[] = [];
  const [fault] = parsed.errors;
  let line = 1;
  for (const [r, row] of parsed.data.entries()) {
    if (fault?.row === r) return new Fault(line, 0, `line ${line}: ${fault.message}`);
    if (lines[line - 1] !== "") {
      rows.push(row);
      starts.push(line);
    }
    for (const cell of row) line += cell.split("\n").length - 1;
    line++;
  }
  while (rows.length > 0 && rows.every((row) => row.length > 1 && row.at(-1)?.trim() === "")) {
    for (const row of rows) row.pop();
  }
  return { delimiter, rows, lines: starts };
}
