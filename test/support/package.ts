/**
 * The global set-up of the tests that run on Node. It makes the package, so that they run the command line and the
 * library as users get them, and so that no process compiles TypeScript before it starts.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The path of a file of the package. */
export const inPackage = (file: string) => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));

export default function buildPackage(project: TestProject): void {
  const build = () => execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: root });
  build();
  project.onTestsRerun(async () => void build());
}
