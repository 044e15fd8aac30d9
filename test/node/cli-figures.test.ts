import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import jpeg from "jpeg-js";
import { describe, expect, test } from "vitest";
import { readResults, sealResults } from "../../src/cli/earlier-results.ts";
import { toNpy } from "../../src/cli/npy.ts";
import { photographPath, readSignals } from "../../src/cli/photograph.ts";
import { readPicture } from "../../src/cli/picture-files.ts";
import { ArgumentError } from "../../src/index.ts";
import { startNode } from "../support/cli.ts";
import { at, folder, write } from "../support/cli-inputs.ts";
import { inPackage, root } from "../support/package.ts";

/** `figures` of the command line `program`, by its JSON. */
async function figuresBy(program: string, ...args: string[]) {
  const { code, stdout, stderr } = await startNode([program, "figures", "--json", ...args]).end;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}
const figures = (...args: string[]) => figuresBy(inPackage("cli.js"), ...args);

/** Writes another measurement into the claims of figures.json, with the checksum of it. */
function mark(path: string): void {
  const { inputs } = JSON.parse(readFileSync(path, "utf8"));
  const results = readResults(path, inputs);
  if (!results) throw new Error(`${path} holds no results`);
  const claims = results.claims.map((claim) => ({ ...claim, measured: "from the file" }));
  writeFileSync(path, sealResults({ ...results, claims }));
}

describe("figures.json", () => {
  test("--only computes a part; a second run takes it from there, as long as the inputs are the same", async () => {
    const out = at("figures");
    const run = (...args: string[]) => figures("--out", out, "--only", ...args);
    const first = await run("2");
    expect(first.claims.map(({ id }: { id: string }) => id)).toEqual(["C1"]);
    expect(first.files).toEqual(["figure-2.svg", "figures.json"]);
    expect(readdirSync(out).sort()).toEqual(first.files);

    const refused = startNode([inPackage("cli.js"), "figures", "--only", "C99", "--out", at("none")]);
    expect((await refused.end).stderr).toMatch(/--only: "C99" given, one of C0, .* expected/);
    expect(existsSync(at("none"))).toBe(false);

    const path = join(out, "figures.json");
    const stored = JSON.parse(readFileSync(path, "utf8"));
    expect(Object.keys(stored)).toEqual(["inputs", "adapter", "claims", "data", "checksum"]);
    expect(Object.keys(stored.data)).toEqual(["window"]);
    expect(stored.claims).toEqual(first.claims);
    const figure = readFileSync(join(out, "figure-2.svg"), "utf8");
    mark(path);
    const second = await run("L7,C1");
    expect(second.claims.map(({ id }: { id: string }) => id)).toEqual(["C1", "L7"]);
    expect(second.claims.map(({ measured }: { measured: string }) => measured === "from the file")).toEqual([
      true,
      false,
    ]);
    expect(Object.keys(JSON.parse(readFileSync(path, "utf8")).data)).toEqual(["window", "schedules"]);
    expect(readFileSync(join(out, "figure-2.svg"), "utf8")).toBe(figure);

    expect((await run("2", "--pixels", "16")).claims).toEqual(first.claims);
    expect(Object.keys(JSON.parse(readFileSync(path, "utf8")).data)).toEqual(["window"]);
  });

  test("results of another version of the package, or of Dawn, are computed anew", async () => {
    const copy = at("copy");
    cpSync(join(root, "dist"), join(copy, "dist"), { recursive: true });
    for (const name of ["package.json", "node_modules/webgpu/package.json"]) {
      cpSync(join(root, name), join(copy, name));
    }
    for (const name of readdirSync(join(root, "node_modules/webgpu"))) {
      if (name !== "package.json") {
        symlinkSync(join(root, "node_modules/webgpu", name), join(copy, "node_modules/webgpu", name));
      }
    }
    symlinkSync(join(root, "node_modules/debug"), join(copy, "node_modules/debug"));
    const run = () => figuresBy(join(copy, "dist/cli.js"), "--only", "L7", "--out", at("versions"));
    const first = await run();
    mark(at("versions/figures.json"));
    expect((await run()).claims[0].measured).toBe("from the file");
    for (const name of ["package.json", "node_modules/webgpu/package.json"]) {
      const manifest = JSON.parse(readFileSync(join(copy, name), "utf8"));
      writeFileSync(join(copy, name), JSON.stringify({ ...manifest, version: `${manifest.version}-next` }));
      expect((await run()).claims, name).toEqual(first.claims);
      mark(at("versions/figures.json"));
    }
  });
});

const [rows, cols] = [9, 300];
/** From 0 to 255, another in each channel. */
const byte = (i: number, channel: number) => Math.round(127.5 + 127 * Math.sin(i / 40 + channel));
const bytes = (channels: number) =>
  Uint8Array.from({ length: rows * cols * channels }, (_, i) =>
    i % channels === 3 ? 255 : byte(Math.floor(i / channels), i % channels),
  );
const luma = Float64Array.from({ length: rows * cols }, (_, i) => {
  return (0.299 * byte(i, 0) + 0.587 * byte(i, 1) + 0.114 * byte(i, 2)) / 255;
});

describe("--picture", () => {
  test("the photograph is the one without it", () => {
    expect(readPicture(photographPath())).toMatchObject({ rows: 1024, cols: 807, channels: 3 });
    const { row, others } = readSignals(photographPath());
    expect([row, ...others].map(({ length }) => length)).toEqual(Array(7).fill(256));
  });

  test("rows are the luma of colours, whatever the kind of the file", () => {
    const grey = readSignals(write("luma.npy", toNpy(luma, [rows, cols])));
    const png = write("colour.png", encode({ width: cols, height: rows, channels: 3, depth: 8, data: bytes(3) }));
    const { data } = jpeg.encode({ width: cols, height: rows, data: bytes(4) }, 100);
    for (const [path, digits] of [
      [png, 14],
      [write("colour.jpg", data), 1.5],
    ] as const) {
      const { row, others } = readSignals(path);
      for (const [i, signal] of [row, ...others].entries()) {
        const expected = [grey.row, ...grey.others][i] as Float64Array;
        signal.forEach((value, n) => void expect(value).toBeCloseTo(expected[n] as number, digits));
      }
    }
    // Pixels 0 and 1/6 of pixel 1 of row ⌊9/2⌋ are sample 0.
    const [first, second] = luma.subarray(4 * cols) as unknown as [number, number];
    expect(grey.row[0]).toBeCloseTo((first + (300 / 256 - 1) * second) / (300 / 256), 14);
  });

  test("its content is an input: a file that changes is computed anew", async () => {
    const path = write("picture.npy", toNpy(luma, [rows, cols]));
    const run = () => figures("--only", "L7", "--out", at("of-picture"), "--picture", path);
    const inputs = () => JSON.parse(readFileSync(at("of-picture/figures.json"), "utf8")).inputs;
    await run();
    const before = inputs();
    mark(at("of-picture/figures.json"));
    const negative = luma.map((value) => 1 - value);
    write("picture.npy", toNpy(negative, [rows, cols]));
    expect((await run()).claims[0].measured).not.toBe("from the file");
    expect(inputs()).not.toBe(before);
  });

  test.for<[string, string, string | Uint8Array, RegExp]>([
    ["too few rows", "low.npy", toNpy(luma.subarray(0, 6 * 300), [6, 300]), /6 × 300 pixels given, at least 7 × 256/],
    ["too few columns", "narrow.npy", toNpy(luma.subarray(0, 9 * 255), [9, 255]), /9 × 255 pixels given/],
    [
      "numbers above 1",
      "high.npy",
      toNpy(
        luma.map((value) => 255 * value),
        [rows, cols],
      ),
      /given, numbers from 0 to 1/,
    ],
    [
      "a uniform row",
      "uniform.npy",
      toNpy(
        luma.map((value, i) => (i < 600 ? 1 : value)),
        [rows, cols],
      ),
      /luma 1.000 alone/,
    ],
    ["one dimension", "signal.npy", toNpy(luma, [rows * cols]), /array of shape \(2700\); expected rows × columns/],
    [
      "another kind of file",
      "picture.gif",
      "GIF89a",
      /picture.gif: a file name that ends in .png, .jpg or .npy expected/,
    ],
    ["no picture", "text.png", "text", /cannot be read as PNG/],
  ])("%s", ([, name, content, message]) => {
    const path = write(name, content);
    expect(() => readSignals(path)).toThrow(ArgumentError);
    expect(() => readSignals(path)).toThrow(message);
    expect(() => readSignals(join(folder, "missing.png"))).toThrow(/missing.png: no such file/);
  });
});
