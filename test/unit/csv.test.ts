import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CsvLayout, readCsv } from "../../src/csv/read-csv.ts";
import { ArgumentError, NotFiniteError } from "../../src/errors.ts";

const read = (text: string) => readCsv(text, "y.csv");
const layout = (given: Partial<CsvLayout> = {}): CsvLayout => ({
  delimiter: null,
  decimalMark: ".",
  header: null,
  skippedLines: 0,
  ...given,
});

const forms: Record<string, [text: string, rows: number[][], layout?: Partial<CsvLayout>]> = {
  // sin(0.1), sin(0.2), sin(0.3) as a German spreadsheet writes them: no integer begins with 0.
  "one column with decimal commas": ["0,0998\n0,1987\n0,2955\n", [[0.0998], [0.1987], [0.2955]], { decimalMark: "," }],
  "decimal commas below one name": ["Wert\n0,5\n0,7\n", [[0.5], [0.7]], { decimalMark: ",", header: ["Wert"] }],
  "decimal commas and integers below one name": [
    "Wert\n1\n0,7\n-2,5E-3",
    [[1], [0.7], [-0.0025]],
    { decimalMark: ",", header: ["Wert"] },
  ],
  "decimal commas in quotes": ['"0,5"\n"0,7"\n', [[0.5], [0.7]], { decimalMark: "," }],
  "decimal commas between semicolons": [
    "t;U\n0;0,5\n1;0,7\n",
    [
      [0, 0.5],
      [1, 0.7],
    ],
    { delimiter: ";", decimalMark: ",", header: ["t", "U"] },
  ],
  "decimal commas between tabs": ["0,5\t0,7\t0,9\n", [[0.5, 0.7, 0.9]], { delimiter: "\t", decimalMark: "," }],
  "two columns of integers that are named": [
    "x,y\n1,20\n2,40\n",
    [
      [1, 20],
      [2, 40],
    ],
    { delimiter: ",", header: ["x", "y"] },
  ],
  "two columns, one of them with points": [
    "1,20\n2,40.5\n",
    [
      [1, 20],
      [2, 40.5],
    ],
    { delimiter: "," },
  ],
  "a row of integers": ["1,2,3\n", [[1, 2, 3]], { delimiter: "," }],
  "a long row of integers of three digits": [
    `${Array(6).fill("120").join(",")}\n`,
    [Array(6).fill(120)],
    { delimiter: "," },
  ],
  "a point with three decimals": ["1.234\n5.678\n", [[1.234], [5.678]]],
  "comments, a header and every kind of line end": [
    "\ufeff# a recorder's\r\n# 2 Hz\nU / V\r0.5\r\n\n  # pause\n0.7",
    [[0.5], [0.7]],
    { header: ["U / V"], skippedLines: 4 },
  ],
  "a comment with delimiters": ["# x, y; z\n0.5\n", [[0.5]], { skippedLines: 1 }],
  "delimiters at every row's end": ["0.5,\n0.7,\n", [[0.5], [0.7]]],
  "delimiters at every row's end, below names": ["x;y;;\n1;2;;\n", [[1, 2]], { delimiter: ";", header: ["x", "y"] }],
  "a name with a delimiter, a quote and a line end in it": [
    '"x, ""y""\nz"\n0.5\n0.7\n',
    [[0.5], [0.7]],
    { header: ['x, "y"\nz'] },
  ],
  "Fortran's exponents": ["1.0D+03\n-.5d-1\n", [[1000], [-0.05]]],
  "exponents, signs and bare points": ["+1E3\n-2.e-1\n.5\n", [[1000], [-0.2], [0.5]]],
  "no numbers below the last line end": ["0.5\n", [[0.5]]],
};

test.for(Object.entries(forms))("is read: %s", ([, [text, rows, given]]) => {
  const result = read(text);
  expect(result.rows).toEqual(rows);
  expect(result.layout).toEqual(layout(given));
});

const ambiguous: Record<string, [text: string, message: RegExp]> = {
  "two columns of integers, or decimal commas": [
    "1,20\n2,40\n",
    /line 1 may be 1 and 20 \(columns separated by commas, decimal points\) or 1.2 \(decimal commas\)/,
  ],
  "rows of two lengths, or decimal commas": ["1\n2,3\n", /line 2 may be 2 and 3 .* or 2.3 \(decimal commas\)/],
  "three decimals, or thousands": ["0,998\n1,234\n", /line 1 may be 0 and 998 .* or 0.998/],
  "two columns, or thousands": [
    "1,234.5\n2,345.5\n",
    /line 1 may be 1 and 234.5 .* or 1234.5 \(thousands separators\)/,
  ],
  "two columns, or thousands with points": ["1.234,56\n2.345,67\n", /line 1 may be 1.234 and 56 .* or 1234.56/],
  "quoted thousands, or decimals": ['"1,234"\n"5,678"\n', /line 1 may be 1.234 .* or 1234 \(thousands/],
  "names for two columns, digits for one": ["x,y\n1,05\n2,10\n", /line 2 may be 1 and 5 .* or 1.05/],
  "a number with a time in nanoseconds, or 19 decimals": ["5,1700000000123456789\n", /line 1 may be 5 and 17/],
  "a single number, or two": ["1,5\n", /line 1 may be/],
};

test.for(Object.entries(ambiguous))("is refused, with a remedy: %s", ([, [text, message]]) => {
  expect(() => read(text)).toThrow(ArgumentError);
  expect(() => read(text)).toThrow(message);
  expect(() => read(text)).toThrow(/^y.csv, line .*; one reading expected: write a first line that names each column/);
});

const faults: Record<string, [text: string, message: string]> = {
  nothing: ["", "y.csv holds no numbers; expected at least one"],
  "comments alone": ["# x\n\n", "y.csv holds no numbers; expected at least one"],
  "a name alone": ["x\n", 'y.csv, line 1, column 1 is "x"; expected a number'],
  "a word, behind comments": ["# x\n\n1\nthree\n", 'y.csv, line 4, column 1 is "three"; expected a number'],
  "a second line of names": ["t;U\ns;V\n0;0,5\n", 'y.csv, line 2, column 1 is "s"; expected a number'],
  "a gap": ["1;2\n3;\n", 'y.csv, line 2, column 2 is ""; expected a number'],
  "a gap behind a comma": ["1,\n2,5\n", 'y.csv, line 1, column 2 is ""; expected a number'],
  "a quoted gap": ['1\n""\n2\n', 'y.csv, line 2, column 1 is ""; expected a number'],
  "a row too long": ["1;2\n3;4\n5;6;7\n", "y.csv, line 3 has 3 cells, line 1 2; rows of one length expected"],
  "a row unlike the names": ["x;y\n1;2\n3\n", "y.csv, line 3 has 1 cells, line 1 2; rows of one length expected"],
  "thousands separators": [
    "1,034.5\n",
    'y.csv, line 1, column 1 is "1,034.5"; expected a number without thousands separators',
  ],
  "thousands separators in German": [
    "1;1.234.567\n",
    'y.csv, line 1, column 2 is "1.234.567"; expected a number without thousands separators',
  ],
  "thousands separators in French": [
    "1\u00a0234,5\n",
    'y.csv, line 1, column 1 is "1\u00a0234"; expected a number without thousands separators',
  ],
  "thousands separators in Switzerland": [
    "1'234.5\n",
    `y.csv, line 1, column 1 is "1'234.5"; expected a number without thousands separators`,
  ],
  "columns separated by spaces": ["1 2\n", 'y.csv, line 1, column 1 is "1 2"; expected a number'],
  "a minus sign of typography": ["\u22120.5\n1\n", 'y.csv, line 1, column 1 is "\u22120.5"; expected a number'],
  "a comment behind a number": ["1 # one\n", 'y.csv, line 1, column 1 is "1 # one"; expected a number'],
  "a quote that stays open": ['1\n"2\n', "y.csv, line 2: Quoted field unterminated"],
  "UTF-16": ["1\0\n\0", "y.csv holds NUL characters, as UTF-16 does; UTF-8 text expected"],
};

test.for(Object.entries(faults))("is refused by its line: %s", ([, [text, message]]) => {
  expect(() => read(text)).toThrow(ArgumentError);
  expect(() => read(text)).toThrow(expect.objectContaining({ message }));
});

test.for(["NaN", "-nan", "inf", "-Infinity", "NA", "null", "1e999"])("is refused as not finite: %s", (word) => {
  for (const text of [`x\n1\n${word}\n`, `${word}\n1\n2`, `0,05\n${word}\n`]) {
    expect(() => read(text)).toThrow(NotFiniteError);
    const line = text.split("\n").indexOf(word) + 1;
    const message = `y.csv, line ${line}, column 1 is "${word}"; expected a finite number`;
    expect(() => read(text)).toThrow(expect.objectContaining({ message }));
  }
});

test("a cell of a megabyte is refused at once, with a short message", () => {
  const size = 1 << 20;
  for (const cell of [
    "1".repeat(size),
    ",1".repeat(size / 2),
    '""'.repeat(size / 2),
    "\r".repeat(size),
    " ".repeat(size),
  ]) {
    expect(() => read(`${cell}x\n`)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{20,120}$/) }),
    );
  }
});

describe("what a program has written is read as that, or refused as ambiguous", () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.integer({ min: -2000, max: 2000 }),
    fc.integer({ min: -9999, max: 9999 }).map((value) => value / 100),
  );
  const written = fc.record({
    rows: fc
      .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
      .chain(([rows, cols]) =>
        fc.array(fc.array(number, { minLength: cols, maxLength: cols }), { minLength: rows, maxLength: rows }),
      ),
    delimiter: fc.constantFrom(",", ";", "\t"),
    decimalMark: fc.constantFrom(".", ","),
    digits: fc.option(fc.integer({ min: 0, max: 4 })),
    named: fc.boolean(),
    end: fc.constantFrom("\n", "\r\n", "\r"),
  });
  type Written = typeof written extends fc.Arbitrary<infer T> ? T : never;

  function toText({ rows, delimiter, decimalMark, digits, named, end }: Written): [text: string, rows: number[][]] {
    const cells = rows.map((row) =>
      row.map((value) => (digits === null || Math.abs(value) >= 1e15 ? `${value}` : value.toFixed(digits))),
    );
    const lines = cells.map((row) => row.map((cell) => cell.replace(".", decimalMark)).join(delimiter));
    const names = rows[0]?.map((_, c) => `c${c}`).join(delimiter) ?? "";
    return [(named ? [names, ...lines] : lines).join(end), cells.map((row) => row.map(Number))];
  }

  // A comma that parts columns of decimal commas is written by no program.
  const sound = ({ rows, delimiter, decimalMark }: Written) =>
    delimiter !== decimalMark || (rows[0]?.length === 1 && decimalMark === ",");

  test("in any layout", () => {
    let taken = 0;
    fc.assert(
      fc.property(written.filter(sound), (given) => {
        const [text, rows] = toText(given);
        let result: ReturnType<typeof read>;
        try {
          result = read(text);
        } catch (error) {
          expect((error as Error).message).toMatch(/may be .* one reading expected/);
          return;
        }
        taken++;
        expect(result.rows).toEqual(rows);
        expect(result.layout.header !== null).toBe(given.named);
      }),
      { numRuns: 3000, seed: 10 },
    );
    expect(taken).toBeGreaterThan(2000);
  });

  test("never as anything else with one name above decimal commas", () => {
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 6 }), (values) => {
        const text = `y\n${values.map((value) => `${value}`.replace(".", ",")).join("\n")}`;
        try {
          expect(read(text).rows).toEqual(values.map((value) => [value]));
        } catch (error) {
          expect((error as Error).message).toMatch(/thousands separators\); one reading expected/);
        }
      }),
      { numRuns: 1000, seed: 11 },
    );
  });
});

test("any text is read, or refused with a typed error", () => {
  const part = fc.constantFrom("0", "1", "23", ",", ".", ";", "\t", "\n", "\r", '"', "#", "-", "e", " ", "x", "nan");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      try {
        const { rows } = read(parts.join(""));
        expect(rows.length).toBeGreaterThan(0);
        expect(rows.flat().every(Number.isFinite)).toBe(true);
        expect(new Set(rows.map((row) => row.length)).size).toBe(1);
      } catch (error) {
        if (!(error instanceof ArgumentError || error instanceof NotFiniteError)) throw error;
      }
    }),
    { numRuns: 5000, seed: 12 },
  );
});
