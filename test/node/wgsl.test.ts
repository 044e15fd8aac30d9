/** `npm run wgsl`: what CONTRIBUTING says of it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../support/package.ts";

/** Runs a command line of the shell in which `wgsl` stands for the script. */
const shell = (line: string) => {
  const wgsl = `wgsl() { "${process.execPath}" --import tsx scripts/wgsl.ts "$@"; }`;
  return promisify(execFile)("bash", ["-c", `set -o pipefail; ${wgsl}; ${line}`], { cwd: root, maxBuffer: 2 ** 26 });
};

test("prints the names of the kernels, and of one of them each variant that the compiler sees", async () => {
  const names = (await shell("wgsl")).stdout.split("\n");
  expect(names).toContain("set-column");
  const { stdout } = await shell("wgsl set-column --adapter swiftshader");
  expect(stdout).toMatch(/^\/\/ set-column/);
  expect(stdout).toContain("@compute");
  await expect(shell("wgsl set-row")).rejects.toThrow("set-row: no kernel has this name");
});

test("a reader may close the pipe early", async () => {
  const { stdout, stderr } = await shell("wgsl product | head --lines 1");
  expect(stdout).toMatch(/^\/\/ product.*\n$/);
  expect(stderr).toBe("");
});
