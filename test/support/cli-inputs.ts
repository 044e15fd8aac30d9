import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder for the files of a test file. It is removed at the end. */
export const folder = mkdtempSync(join(tmpdir(), "cli-"));
export const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

export function write(name: string, content: string | Uint8Array): string {
  writeFileSync(at(name), content);
  return at(name);
}

export const sine = (length: number) =>
  Array.from({ length }, (_, n) => 0.5 + 0.4 * Math.sin((2 * Math.PI * (n + 1)) / length));
export const tanh = (width: number) => ["--activation", "tanh", "--width", `${width}`, "--scale", `${width}`];
/** So small that one kernel computes the SVD: a process takes longer to compile kernels than for all else. */
export const signal = sine(16);
const network = tanh(20);
/** `spectrum` without its number of samples. */
export const relu = ["spectrum", "--activation", "relu", "--width", "4"];
/** The arguments of `fit` for a file of this content. */
export const fitFile = (name: string, content: string, ...more: string[]) => [
  "fit",
  write(name, content),
  ...network,
  ...more,
];
export const fitWith = (...more: string[]) => fitFile("fit.csv", signal.join("\n"), ...more);
