import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toNpy } from "../../src/cli/npy.ts";
import { requireWritable, writeOutputs } from "../../src/cli/outputs.ts";
import { ArgumentError } from "../../src/index.ts";
import { cli } from "../support/cli.ts";

/** Stands for a disk: `write` and `rename` see each file's number before it is written or renamed. */
const disk = vi.hoisted(() => ({ write: (_count: number) => {}, rename: (_count: number) => {}, counts: [0, 0] }));

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  return {
    ...real,
    writeFileSync(path: string, data: string, options: object) {
      const count = (disk.counts[0] as number)++;
      // A disk that fills up keeps what fitted.
      real.writeFileSync(path, data.slice(0, data.length / 2), options);
      disk.write(count);
      real.writeFileSync(path, data);
    },
    renameSync(from: string, to: string) {
      disk.rename((disk.counts[1] as number)++);
      real.renameSync(from, to);
    },
  };
});

const top = fs.mkdtempSync(join(tmpdir(), "cli-outputs-"));
afterAll(() => fs.rmSync(top, { recursive: true }));

let folder = "";
const at = (name: string) => join(folder, name);
const files = () => fs.readdirSync(folder).sort();
const read = (name: string) => fs.readFileSync(at(name), "utf8");

beforeEach(() => {
  folder = fs.mkdtempSync(join(top, "case-"));
});
afterEach(() => {
  Object.assign(disk, { write() {}, rename() {}, counts: [0, 0] });
});

function put(name: string, content = `old ${name}`): string {
  fs.appendFileSync(at(name), content);
  return at(name);
}

const names = ["U.npy", "S.npy", "V.npy"];
const outputs = () => names.map((name) => ({ path: at(name), data: `new ${name}` }));
const requireAll = (inputs: string[]) =>
  requireWritable(
    outputs().map(({ path }) => path),
    inputs,
  );

describe("is refused before the computation, and all files stay unchanged", () => {
  const cases: Record<string, [prepare: () => void, message: RegExp, input?: string]> = {
    "the input": [() => {}, /S.npy would be overwritten by .*S.npy/, "S.npy"],
    "a symbolic link to the input": [
      () => fs.symlinkSync("A.npy", at("U.npy")),
      /A.npy would be overwritten by .*U.npy/,
    ],
    "a link to a link to the input": [
      () => {
        fs.symlinkSync("A.npy", at("link"));
        fs.symlinkSync("link", at("V.npy"));
      },
      /would be overwritten by .*V.npy/,
    ],
    "a hard link to the input": [() => fs.linkSync(at("A.npy"), at("S.npy")), /would be overwritten by .*S.npy/],
    "a link to another output": [() => fs.symlinkSync(put("U.npy"), at("V.npy")), /V.npy: it is the same file as .*U/],
    "a hard link to another output": [() => fs.linkSync(put("U.npy"), at("S.npy")), /S.npy: it is the same file as/],
    "a folder": [() => fs.mkdirSync(at("V.npy")), /V.npy: it is a folder/],
    "a link to a folder": [() => fs.symlinkSync(".", at("V.npy")), /V.npy: it is a folder/],
    "a link that leads nowhere": [() => fs.symlinkSync("nowhere", at("U.npy")), /U.npy: no such file/],
    "a device": [() => fs.symlinkSync("/dev/null", at("U.npy")), /U.npy: it is no regular file/],
  };
  test.for(Object.entries(cases))("%s", ([, [prepare, message, name = "A.npy"]]) => {
    const input = put(name);
    prepare();
    const before = files();
    const bytes = fs.readFileSync(input);
    expect(() => requireAll([input])).toThrow(ArgumentError);
    expect(() => requireAll([input])).toThrow(message);
    expect(files()).toEqual(before);
    expect(fs.readFileSync(input)).toEqual(bytes);
  });

  test("an input that is a link to the output", () => {
    fs.symlinkSync(put("U.npy"), at("A.npy"));
    expect(() => requireAll([at("A.npy")])).toThrow(/A.npy would be overwritten by .*U.npy/);
  });

  test("an output in no folder, below a file, without a name, and where no file can be made", () => {
    put("file");
    for (const [path, message] of [
      [at("nowhere/fit.npy"), /no such file/],
      [at("file/fit.npy"), /not a directory/],
      [at("fit.npy/"), /the name of a file expected/],
      ["", /the name of a file expected/],
      [at("n".repeat(300)), /name too long/],
    ] as const) {
      expect(() => requireWritable([path], [])).toThrow(ArgumentError);
      expect(() => requireWritable([path], [])).toThrow(message);
    }
    disk.write = () => {
      throw new Error("EROFS: read-only file system, open 'x'");
    };
    expect(() => requireWritable([at("fit.npy")], [])).toThrow(/cannot write --out .*fit.npy: read-only file system/);
    expect(files()).toEqual(["file"]);
  });
});

test("outputs that can be written pass, and the trial leaves no file", () => {
  put("U.npy");
  fs.symlinkSync("U.npy", at("link"));
  requireWritable([at("link"), at("S.npy"), at(`${"n".repeat(251)}.npy`)], [put("A.npy")]);
  expect(files()).toEqual(["A.npy", "U.npy", "link"]);
});

test("all files are written, through links and with the old permissions; a hard link to the old file keeps its content", () => {
  fs.mkdirSync(at("elsewhere"));
  fs.symlinkSync(put("elsewhere/U"), at("U.npy"));
  fs.linkSync(put("S.npy"), at("old S"));
  fs.chmodSync(at("S.npy"), 0o604);
  writeOutputs(outputs(), undefined);
  expect(files()).toEqual(["S.npy", "U.npy", "V.npy", "elsewhere", "old S"]);
  expect(names.map(read)).toEqual(names.map((name) => `new ${name}`));
  expect(read("elsewhere/U")).toBe("new U.npy");
  expect(fs.readdirSync(at("elsewhere"))).toEqual(["U"]);
  expect(fs.lstatSync(at("U.npy")).isSymbolicLink()).toBe(true);
  expect(fs.statSync(at("S.npy")).mode & 0o777).toBe(0o604);
  expect(read("old S")).toBe("old S.npy");
});

test.for([0, 1, 2])("a disk that is full at file %d leaves the old files unchanged, and no other file", (full) => {
  put("U.npy");
  put("V.npy");
  disk.write = (count) => {
    if (count === full) throw new Error("ENOSPC: no space left on device, write");
  };
  expect(() => writeOutputs(outputs(), undefined)).toThrow(ArgumentError);
  disk.counts = [0, 0];
  const message = new RegExp(`cannot write .*${names[full]}: no space left on device$`);
  expect(() => writeOutputs(outputs(), undefined)).toThrow(message);
  expect(files()).toEqual(["U.npy", "V.npy"]);
  expect([read("U.npy"), read("V.npy")]).toEqual(["old U.npy", "old V.npy"]);
});

test("a folder that takes the name of an output during the computation is found before any file is replaced", () => {
  put("U.npy");
  fs.mkdirSync(at("V.npy"));
  expect(() => writeOutputs(outputs(), undefined)).toThrow(/V.npy: it is a folder/);
  expect(files()).toEqual(["U.npy", "V.npy"]);
  expect(read("U.npy")).toBe("old U.npy");
});

test("no temporary file stays where a rename fails", () => {
  disk.rename = (count) => {
    if (count === 0) throw new Error("EPERM: operation not permitted, rename 'a' -> 'b'");
  };
  expect(() => writeOutputs(outputs(), undefined)).toThrow(/cannot write .*U.npy: operation not permitted$/);
  expect(files()).toEqual([]);
});

test("nothing is written once the run is aborted", () => {
  put("U.npy");
  const controller = new AbortController();
  controller.abort();
  expect(() => writeOutputs(outputs(), controller.signal)).toThrow(controller.signal.reason);
  expect(files()).toEqual(["U.npy"]);
  expect(read("U.npy")).toBe("old U.npy");
});

describe("the command line", () => {
  const network = ["--activation", "relu", "--width", "4", "--iterations", "2"];
  const npy = (rows: number, cols: number) =>
    toNpy(
      Float64Array.from({ length: rows * cols }, (_, i) => Math.sin(i * i)),
      cols === 1 ? [rows] : [rows, cols],
    );

  test("svd and fit leave their input unchanged, also where the output is a link to it", async () => {
    const [A, y] = [at("A.npy"), at("y.npy")];
    fs.appendFileSync(A, npy(3, 3));
    fs.appendFileSync(y, npy(3, 1));
    fs.symlinkSync("A.npy", at("U.npy"));
    fs.linkSync(y, at("hard.npy"));
    fs.symlinkSync("y.npy", at("soft.npy"));
    const before = [A, y].map((path) => fs.readFileSync(path));
    const outcomes = await Promise.all([
      cli(["svd", A, "--out", folder]),
      ...["y.npy", "hard.npy", "soft.npy"].map((out) => cli(["fit", y, ...network, "--out", at(out)])),
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect(stderr).toMatch(/^error: .* would be overwritten by .*; another --out expected\n$/);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    }
    expect([A, y].map((path) => fs.readFileSync(path))).toEqual(before);
    expect(files()).toEqual(["A.npy", "U.npy", "hard.npy", "soft.npy", "y.npy"]);
  });

  test("svd writes nothing where V.npy is a folder, and figures nothing where one of its files is", async () => {
    fs.appendFileSync(at("A.npy"), npy(3, 3));
    fs.mkdirSync(at("V.npy"));
    fs.mkdirSync(at("figure-8.svg"));
    const outcomes = await Promise.all([cli(["svd", at("A.npy"), "--out", folder]), cli(["figures", "--out", folder])]);
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2]);
    expect(outcomes[0]?.stderr).toMatch(/V.npy: it is a folder/);
    expect(outcomes[1]?.stderr).toMatch(/figure-8.svg: it is a folder/);
    expect(files()).toEqual(["A.npy", "V.npy", "figure-8.svg"]);
  });

  test.for([0, 1500])(
    "Ctrl-C after %d ms of svd leaves the input and the old files, and no other file",
    async (delay) => {
      const matrix = npy(1000, 1000);
      fs.appendFileSync(at("A.npy"), matrix);
      put("S.npy");
      const outcome = await cli(["svd", at("A.npy"), "--out", folder], delay);
      expect(outcome).toEqual({ code: 130, stdout: "", stderr: "error: interrupted\n" });
      expect(files()).toEqual(["A.npy", "S.npy"]);
      expect(fs.readFileSync(at("A.npy")).equals(matrix)).toBe(true);
      expect(read("S.npy")).toBe("old S.npy");
    },
  );

  test("fit says how it read a CSV file", async () => {
    put("y.csv", "# mV\r\nU\r\n0,0998\r\n0,1987\r\n");
    const { stdout, stderr } = await cli(["fit", at("y.csv"), ...network, "--out", at("fit.npy")]);
    expect(stderr).toBe("");
    const result = JSON.parse(stdout);
    const read = { samples: 2, delimiter: null, decimalMark: ",", header: ["U"], skippedLines: 1 };
    expect(result.signal).toEqual(read);
    expect(result.prediction).toHaveLength(2);
    expect(files()).toEqual(["fit.npy", "y.csv"]);
  });
});
