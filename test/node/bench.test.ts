import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { SvdReport } from "../../demo/benchmark/report.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

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
  const { code, stdout, stderr } = await bench("svd", "--sizes", "32", "--json");
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("32 × 32: jax-js, values only\n");
  const report: SvdReport = JSON.parse(stdout);
  expect(report).toMatchObject({ benchmark: "svd", adapter: expect.stringMatching(/\w/) });
  expect(report.exponents).toEqual({ values: null, full: null });
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
  const { code, stdout, stderr } = await bench("svd", "--sizes", "32");
  expect(code, stderr).toBe(0);
  const time = String.raw`[\d.]+ m?s \([\d.]+ m?s\)`;
  expect(stdout).toMatch(new RegExp(`^32  spectral-shrinkage +${time} +1 +${time} +1 +3[12] `, "m"));
  expect(stdout).toMatch(new RegExp(String.raw`^32  ml-matrix +${time} +[\d.]+ +${time} +[\d.]+ +32 +reference$`, "m"));
});

test.each([
  [[], /no benchmark given, one of svd expected/],
  [["gd"], /unknown command 'gd'/],
  [["svd", "--sizes", "33"], /'33' is invalid. Sizes out of 32, 64, 128, 256, 512, 1024 are expected/],
])("refuses %j with one line and exit code 2", async (args, message) => {
  const { code, stdout, stderr } = await bench(...args);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});
