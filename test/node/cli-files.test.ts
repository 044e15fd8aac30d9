import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openNpy } from "../../src/cli/npy.ts";
import { readSignal } from "../../src/cli/signal.ts";
import { ArgumentError, NotFiniteError } from "../../src/index.ts";
import { cli } from "../support/cli.ts";

const folder = mkdtempSync(join(tmpdir(), "cli-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

interface Layout {
  readonly descr?: string;
  readonly shape?: readonly number[];
  readonly fortran?: boolean;
  readonly version?: number;
  readonly header?: string;
}

const entry = (matrix: number, row: number, col: number) => Math.sin(1 + 3 * row + 7 * col * col + 5 * matrix);

/** A .npy file of `entry` in the layout asked for; `header` replaces the text of the header alone. */
function npy({ descr = "<f8", shape = [7, 5], fortran = false, version = 1, header }: Layout = {}): Buffer {
  const [batch, rows, cols] = [1, 1, ...shape].slice(-3) as [number, number, number];
  const width = descr.endsWith("f4") ? 4 : 8;
  const body = Buffer.alloc(Math.max(0, batch * rows * cols) * width);
  for (let i = 0; i < body.length / width; i++) {
    const value = fortran
      ? entry(i % batch, Math.floor(i / batch) % rows, Math.floor(i / batch / rows))
      : entry(Math.floor(i / rows / cols), Math.floor(i / cols) % rows, i % cols);
    if (descr === "<f4") body.writeFloatLE(value, 4 * i);
    else if (descr === ">f4") body.writeFloatBE(value, 4 * i);
    else if (descr === ">f8") body.writeDoubleBE(value, 8 * i);
    else body.writeDoubleLE(value, 8 * i);
  }
  const order = fortran ? "True" : "False";
  const text = header ?? `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(", ")},), }\n`;
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  size.writeUIntLE(text.length, 0, size.length);
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version, 0)}`, "latin1");
  return Buffer.concat([start, size, Buffer.from(text, "latin1"), body]);
}

const layouts: Record<string, Layout> = {
  f4: { descr: "<f4" },
  f8: {},
  "f4, big-endian": { descr: ">f4" },
  "f8, big-endian": { descr: ">f8" },
  "f8 in the machine's order": { descr: "=f8" },
  "Fortran order": { fortran: true },
  "Fortran order, f4": { fortran: true, descr: "<f4", shape: [2, 9] },
  "a batch": { shape: [3, 4, 6] },
  "a batch in Fortran order": { shape: [3, 6, 4], fortran: true },
  "version 2": { version: 2 },
  "version 3": { version: 3 },
  "odd spacing, double quotes and Python 2's longs": {
    header: "{'shape' :( 7L,5L , ),\"descr\":\"<f8\" , 'fortran_order':False}",
  },
  "1 × 1": { shape: [1, 1] },
  "no rows": { shape: [0, 3] },
  "no columns, Fortran order": { shape: [3, 0], fortran: true },
};

test.for(Object.entries(layouts))(".npy is read in C order: %s", ([, layout]) => {
  const { shape, read } = openNpy(write("layout.npy", npy(layout)));
  expect(shape).toEqual(layout.shape ?? [7, 5]);
  const [batch, rows, cols] = [1, ...shape].slice(-3) as [number, number, number];
  const expected = Array.from({ length: batch * rows * cols }, (_, i) =>
    entry(Math.floor(i / rows / cols), Math.floor(i / cols) % rows, i % cols),
  );
  const single = layout.descr?.endsWith("f4") === true;
  const values = read();
  expect(values.BYTES_PER_ELEMENT).toBe(single ? 4 : 8);
  expect([...values]).toEqual(single ? expected.map(Math.fround) : expected);
});

const faults: Record<string, [content: Buffer, message: RegExp]> = {
  "a magic number alone": [npy().subarray(0, 6), /ends within its header/],
  "a header's length alone": [npy().subarray(0, 9), /ends within its header/],
  "a header cut short": [npy().subarray(0, 40), /ends within its header/],
  "version 4": [npy({ version: 4 }), /version 4.0; expected 1.0, 2.0 or 3.0/],
  "version 0": [npy({ version: 0 }), /version 0.0; expected 1.0, 2.0 or 3.0/],
  "version 1.1": [Buffer.from(npy().toString("latin1").replace("\x01\0", "\x01\x01"), "latin1"), /version 1.1; exp/],
  "a header beyond NumPy's limit": [
    npy({ version: 2, header: `{'descr':'<f8','fortran_order':False,${"'shape':(".repeat(1e6)}` }),
    /has a header of 9000037 bytes; at most 10000 expected/,
  ],
  "a header that claims 4 GB": [
    Buffer.from("\x93NUMPY\x02\0\xff\xff\xff\xff{", "latin1"),
    /header of 4294967295 bytes; at most 10000/,
  ],
  "a size without a comma": [
    npy({ header: "{'descr': '<f8', 'fortran_order': False, 'shape': (35)}" }),
    /a comma after/,
  ],
  "no shape": [npy({ header: "{'descr': '<f8', 'fortran_order': False}" }), /has no .npy header/],
  "no order": [npy({ header: "{'descr': '<f8', 'shape': (7, 5)}" }), /has no .npy header/],
  "a negative size": [npy({ shape: [-7, 5] }), /has no .npy header/],
  "a size that is missing": [
    npy({ header: "{'descr': '<f8', 'fortran_order': False, 'shape': (7,,5)}" }),
    /no .npy header/,
  ],
  records: [npy({ header: "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (7, 5)}" }), /holds records/],
  "data cut short": [npy().subarray(0, -1), /holds 279 of the 280 bytes of data of shape \(7, 5\)/],
  "data after the data": [Buffer.concat([npy(), Buffer.of(0)]), /holds more than the 280 bytes/],
};
for (const descr of ["<c8", "<c16", ">c16"]) faults[descr] = [npy({ descr }), /complex numbers/];
for (const descr of ["<f2", "<i4", "|b1", "<f16", "|O", "<U2"])
  faults[descr] = [npy({ descr }), /dtype '.*'; expected/];

test.for(Object.entries(faults))(".npy is refused: %s", ([, [content, message]]) => {
  const path = write("fault.npy", content);
  expect(() => openNpy(path).read()).toThrow(ArgumentError);
  expect(() => openNpy(path).read()).toThrow(message);
});

describe("svd", () => {
  /** Reads what the command line wrote, as NumPy would, by a path of its own. */
  function readWritten(path: string): { shape: number[]; values: Float32Array | Float64Array } {
    const bytes = readFileSync(path);
    const start = 10 + bytes.readUInt16LE(8);
    const header = bytes.toString("latin1", 10, start);
    const [, descr, sizes = ""] =
      /^{'descr':'(<f[48])','fortran_order':False,'shape':\(([\d,]*)\)} *\n$/.exec(header) ?? [];
    const data = bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const values = descr === "<f4" ? new Float32Array(data) : new Float64Array(data);
    return { shape: sizes.split(",").filter(Boolean).map(Number), values };
  }

  const cases = ["f4", "f8", "Fortran order, f4", "a batch in Fortran order"];
  test.for(cases)("%s: U·diag(S)·Vᵀ of the written files is A", { concurrent: true }, async (name, { expect }) => {
    const { shape = [7, 5] } = layouts[name] ?? {};
    const [batch, rows, cols] = [1, ...shape].slice(-3) as [number, number, number];
    const outer = shape.slice(0, -2);
    const count = Math.min(rows, cols);
    const out = join(folder, `svd of ${name}`, "deep");
    const input = write(`${name}.npy`, npy(layouts[name]));
    const { code, stdout } = await cli(["svd", input, "--out", out]);
    expect(code).toBe(0);
    const result = JSON.parse(stdout);

    const [U, S, V] = ["U.npy", "S.npy", "V.npy"].map((file) => readWritten(join(out, file)));
    if (!U || !S || !V) throw new Error("three files expected");
    expect(U.shape).toEqual([...outer, rows, count]);
    expect(S.shape).toEqual([...outer, count]);
    expect(V.shape).toEqual([...outer, cols, count]);
    expect([U, S, V].map(({ values }) => values.BYTES_PER_ELEMENT)).toEqual([4, 8, 4]);
    const values = [...S.values];
    const members = Array.from({ length: batch }, (_, m) => values.slice(m * count, (m + 1) * count));
    expect(result.singularValues).toEqual(shape.length === 3 ? members : values);
    expect([result.noiseFloor].flat()).toHaveLength(batch);
    expect(result.converged).toBe(true);

    for (let m = 0; m < batch; m++) {
      for (let row = 0; row < rows; row++) {
        for (let col = 0; col < cols; col++) {
          const [u, v] = [(m * rows + row) * count, (m * cols + col) * count];
          const terms = Array.from({ length: count }, (_, k) => {
            return (U.values[u + k] ?? 0) * (S.values[m * count + k] ?? 0) * (V.values[v + k] ?? 0);
          });
          const sum = terms.reduce((total, term) => total + term, 0);
          expect(Math.abs(sum - entry(m, row, col)), `[${m}, ${row}, ${col}]`).toBeLessThan(2e-6);
        }
      }
    }
  });
});

describe("a signal", () => {
  const numbers = [0.5, -1.25, 3e-3, 4];
  const forms: Record<string, string> = {
    "a column": `${numbers.join("\n")}\n`,
    "a column of Windows, after a byte order mark": `\ufeff${numbers.join("\r\n")}\r\n\r\n`,
    "a row": numbers.join(","),
    "a row with semicolons": `${numbers.join(";")}\n`,
    "a row with tabs": numbers.join("\t"),
    "spaces, signs and quotes": ' +.5\n"-1.25"\n0.3E-2 \n4.',
    "a heading": `value\n${numbers.join("\n")}\n`,
    "decimal commas": "0,5\n-1,25\n0,003\n4\n",
    "a row with decimal commas": "0,5;-1,25;0,003;4",
  };
  test.for(Object.entries(forms))(".csv is read: %s", ([, text]) => {
    expect([...readSignal(write("form.csv", text)).values]).toEqual(numbers);
  });

  test("a long .csv is read", () => {
    expect(readSignal(write("long.csv", "0.5\n".repeat(200_000))).values).toHaveLength(200_000);
  });

  test("the result says how the file was read", () => {
    expect(readSignal(write("said.csv", "# 2 Hz\nU; in V\n0,05\n0,5\n")).file).toEqual({
      samples: 2,
      delimiter: null,
      decimalMark: ",",
      header: ["U; in V"],
      skippedLines: 1,
    });
    expect(readSignal(write("said.npy", npy({ shape: [3], descr: ">f4" }))).file).toEqual({ samples: 3, dtype: ">f4" });
  });

  const refused: Record<string, [name: string, content: string | Buffer, message: RegExp]> = {
    "another kind of file": ["signal.txt", "1\n", /ends in .npy or .csv expected/],
    "a matrix": ["matrix.npy", npy(), /2-D; expected 1-D/],
    "no samples": ["none.npy", npy({ shape: [0] }), /holds no numbers/],
    "two headings": ["csv.csv", "value\nV\n1\n2\n", /line 2, column 1 is "V"; expected a number/],
    "a gap in a row": ["csv.csv", "1,,2\n", /line 1, column 2 is ""; expected a number/],
    "a gap in a column": ["csv.csv", "1\n \n2\n", /line 2, column 1 is ""; expected a number/],
    "a matrix in CSV": ["csv.csv", "1.5,2\n3,4\n", /2 rows and 2 columns \(columns separated by commas, decimal p/],
    "a matrix in CSV, below names": ["csv.csv", "x,y\n1,2\n3,4\n", /2 rows and 2 columns/],
    "a row below names": ["csv.csv", "x,y\n1,2\n", /1 row and 2 columns/],
    "decimal commas, or two columns": ["csv.csv", "0,5\n0,7\n", /line 1 may be 0 and 5 .* or 0.5 .*; one reading/],
    "a second column that ends": ["csv.csv", "1\n2,3\n", /line 2 may be 2 and 3 .* or 2.3 .*; one reading/],
    "a hexadecimal number": ["csv.csv", "0x10\n", /is "0x10"; expected a number/],
    "numbers between spaces": ["csv.csv", "1 2 3\n", /is "1 2 3"; expected a number/],
    "an open quote": ["csv.csv", '"1"\n"2\n', /line 2: Quoted field unterminated/],
    "an empty file": ["csv.csv", "", /is empty/],
    "blank lines": ["csv.csv", "\n\n", /holds no numbers/],
  };
  test.for(Object.entries(refused))("is refused: %s", ([, [name, content, message]]) => {
    const path = write(name, content);
    expect(() => readSignal(path)).toThrow(ArgumentError);
    expect(() => readSignal(path)).toThrow(message);
  });

  test("is refused: a number that is not finite, or beyond float32", () => {
    for (const [text, message] of [
      ["1\nNaN\n", /line 2, column 1 is "NaN"; expected a finite number/],
      ["-inf\n", /line 1, column 1 is "-inf"; expected a finite number/],
      ["1\n1e39\n", /entry \[1\] is 1e\+39; expected a number within float32/],
    ] as const) {
      const path = write("finite.csv", text);
      expect(() => readSignal(path)).toThrow(NotFiniteError);
      expect(() => readSignal(path)).toThrow(message);
    }
  });
});
