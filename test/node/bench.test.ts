import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import type { Result } from "../../scripts/bench/results.ts";
import { benchmarks, type Reports } from "../../src/benchmark/benchmarks.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

// A run takes up to 20 s on an idle machine.
vi.setConfig({ testTimeout: 120_000 });

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "scripts/bench/main.ts", ...args],
      { cwd: root },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test("svd prints its report as JSON, and says on stderr what it measures", async () => {
  const { code, stdout, stderr } = await bench("svd", "--sizes", "32", "--repetitions", "1", "--json");
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("32 × 32: jax-js, values only\n");
  const report: Reports["svd"] = JSON.parse(stdout);
  expect(report).toMatchObject({ benchmark: "svd", adapter: expect.stringMatching(/\w/) });
  expect(benchmarks.svd.text(report).notes.join("\n")).toContain("from n = 128 on: – values only, – with U and V.");
  expect(report.measurements.map(({ library, task, n }) => `${library} ${task} ${n}`)).toEqual([
    "spectral-shrinkage values 32",
    "spectral-shrinkage full 32",
    "jax-js values 32",
    "ml-matrix values 32",
    "ml-matrix full 32",
    "svd-js values 32",
    "svd-js full 32",
    "numpy-ts values 32",
    "numpy-ts full 32",
  ]);
  for (const one of report.measurements) {
    if ("failure" in one) throw new Error(`${one.library}: ${one.failure}`);
    expect(one.minimum).toBeGreaterThan(0);
    expect(one.median).toBeGreaterThanOrEqual(one.minimum);
    expect(one.runs).toBeGreaterThanOrEqual(1);
    // The last singular value is 0; the squares that jax-js takes lose some before it.
    expect(one.leading).toBeGreaterThanOrEqual(one.library === "jax-js" ? 16 : 31);
  }
  expect(report.measurements[0]).toMatchObject({ sweeps: expect.any(Number) });
});

test("svd prints a table with ratios", async () => {
  const { code, stdout, stderr } = await bench("svd", "--sizes", "32", "--repetitions", "2");
  expect(code, stderr).toBe(0);
  const time = String.raw`[\d.]+ m?s \([\d.]+ m?s\)`;
  const toLast = String.raw`( +[\d.,]+)?`; // where a result of this machine is stored
  expect(stdout).toMatch(new RegExp(`^32  spectral-shrinkage +${time} +1${toLast} +${time} +1${toLast} +3[12] `, "m"));
  const ratio = String.raw` +[\d.,]+${toLast}`;
  expect(stdout).toMatch(new RegExp(`^32  ml-matrix +${time}${ratio} +${time}${ratio} +32 +reference$`, "m"));
});

test.runIf(process.platform === "linux")(
  "batches on Dawn in Node: every library, each matrix near the reference, in one process",
  async () => {
    const { code, stdout, stderr } = await bench(
      "batches",
      "--sizes",
      "32",
      "--stack",
      "dawn-swiftshader",
      "--repetitions",
      "1",
      "--json",
    );
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("repetition 1 of 1\n");
    expect(stderr).toContain("256 of 32 × 32: numpy-ts, with U and V\n");
    const result: Result<"batches"> = JSON.parse(stdout);
    expect(result).toMatchObject({ benchmark: "batches", stack: "dawn-swiftshader", repetitions: 1 });
    expect(result.adapter).toMatch(/SwiftShader/);
    const libraries = ["spectral-shrinkage", "ml-matrix", "svd-js", "numpy-ts"];
    expect(result.measurements.map(({ library, task }) => `${library} ${task}`)).toEqual(
      libraries.flatMap((library) => [`${library} values`, `${library} full`]),
    );
    for (const one of result.measurements) {
      if ("failure" in one) throw new Error(`${one.library}: ${one.failure}`);
      expect(one.error, `${one.library} ${one.task}`).toBeLessThan(one.library === "spectral-shrinkage" ? 8 : 1e-4);
    }
  },
);

test("descent prints its report as JSON, every library within float32 of the reference", async () => {
  const { code, stdout, stderr } = await bench("descent", "--sizes", "128", "--repetitions", "1", "--json");
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("128 × 128: TensorFlow.js, 64 right-hand sides\n");
  const report: Reports["descent"] = JSON.parse(stdout);
  expect(report).toMatchObject({ benchmark: "descent", adapter: expect.stringMatching(/\w/) });
  const libraries = ["spectral-shrinkage", "spectral-shrinkage, operator", "jax-js", "TensorFlow.js", "ml-matrix"];
  expect(report.measurements.map(({ library, task, n }) => `${library} ${task} ${n}`)).toEqual(
    libraries.flatMap((library) => [`${library} one 128`, `${library} many 128`]),
  );
  for (const one of report.measurements) {
    if ("failure" in one) throw new Error(`${one.library}: ${one.failure}`);
    expect(one.minimum).toBeGreaterThan(0);
    expect(one.median).toBeGreaterThanOrEqual(one.minimum);
    expect(one.runs).toBeGreaterThanOrEqual(1);
    expect(one.steps).toBeGreaterThanOrEqual(1);
    expect(one.error, `${one.library} ${one.task}`).toBeLessThan(one.library === "ml-matrix" ? 1e-13 : 3e-6);
  }
  expect(
    benchmarks.descent
      .text(report)
      .rows.map(([n, library, , ratio, , , otherRatio]) => [n, library, ratio, otherRatio]),
  ).toEqual(
    libraries.map((library) => [
      "128",
      library,
      ...Array(2).fill(library === "spectral-shrinkage" ? "1" : expect.stringMatching(/^\d/)),
    ]),
  );
});

test("width measures the three forms of one operator to the same weights", async () => {
  const { code, stdout, stderr } = await bench("width", "--sizes", "256,512", "--repetitions", "1", "--json");
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("512 × 512: scan, a step\n");
  const report: Reports["width"] = JSON.parse(stdout);
  expect(report).toMatchObject({ benchmark: "width", adapter: expect.stringMatching(/\w/) });
  const forms = ["stored", "generated", "scan"];
  expect(report.measurements.map(({ library, n }) => `${library} ${n}`)).toEqual(
    [256, 512].flatMap((n) => forms.map((form) => `${form} ${n}`)),
  );
  for (const one of report.measurements) {
    if ("failure" in one) throw new Error(`${one.library}: ${one.failure}`);
    expect(one.median).toBeGreaterThanOrEqual(one.minimum);
    expect(one.error, one.library).toBeLessThan(3e-6);
  }
  const exponent = String.raw`−?\d\.\d\d`;
  expect(benchmarks.width.text(report).notes.join("\n")).toMatch(
    new RegExp(`largest sizes: ${forms.map((form) => `${form} ${exponent}`).join(", ")}\\.`),
  );
});

test.each([
  [[], /no benchmark given, one of svd, batches, tall, descent, width expected/],
  [["gd"], /unknown command 'gd'/],
  [["svd", "--sizes", "33"], /'33' is invalid. Sizes out of 32, 64, 128, 256, 512, 1024 are expected/],
  [["descent", "--sizes", "32"], /'32' is invalid. Sizes out of 128, 256, 512, 1024 are expected/],
  [["descent", "--sizes", ""], /'' is invalid. Sizes out of 128/],
  [["svd", "--stack", "opera"], /stack: "opera" given, one of chromium-swiftshader, .* expected/],
])("refuses %j with one line and exit code 2", async (args, message) => {
  const { code, stdout, stderr } = await bench(...args);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});
