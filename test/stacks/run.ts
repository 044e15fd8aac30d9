/** Finds a stack on this machine, and runs the GPU tests on it: one process for each file, so that a hang affects one file only. */
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gpuFolders } from "../support/gpu-tests.ts";
import { type Found, noAdapter } from "./drivers.ts";
import { type Command, runCommand } from "./processes.ts";
import { type Outcome, type Results, readReport, sumUp } from "./report.ts";
import type { Stack } from "./stacks.ts";

const root = join(import.meta.dirname, "../..");
const smokeTest = "test/gpu/smoke.test.ts";
const probeLimit = 30;

/**
 * What the stack's processes need in their environment, or why it is not here and how to get it. A stack that hangs or crashes
 * instead of answering "no adapter" is here: its tests show the fault.
 */
export async function locate({ runtime, driver }: Stack, signal: AbortSignal): Promise<Found> {
  const [program, graphics] = [await runtime.find(), driver.find()];
  if ("missing" in program) return program;
  if ("missing" in graphics) return graphics;
  const env = { ...program.env, ...graphics.env };
  if (!driver.ask) return { env };
  const { code } = await runCommand({
    command: [
      ...runtime.command(),
      join(import.meta.dirname, "probe.ts"),
      driver.ask,
      ...(runtime.browser ? [runtime.browser] : []),
    ],
    env: environment(env),
    cwd: root,
    stdio: "ignore",
    limit: probeLimit,
    signal,
  });
  signal.throwIfAborted();
  if (code !== noAdapter) return { env };
  return { missing: `${runtime.title} offers no adapter on ${driver.title}${driver.needs ? `: ${driver.needs}` : ""}` };
}

/** Mesa complains on stderr where XDG_RUNTIME_DIR is missing, as it is in containers and services. */
export function environment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { XDG_RUNTIME_DIR: tmpdir(), ...process.env, ...own };
}

/** Of all GPU tests. The smoke test is the first: the adapter's name comes from it. */
export function testFiles(): string[] {
  const files = gpuFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => path.endsWith(".test.ts") && path !== smokeTest);
  return [smokeTest, ...files.sort()];
}

interface RunOptions {
  /** The smoke test only. */
  readonly quick: boolean;
  readonly files: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** `env` is what `locate` found. Rejects with the signal's reason once it is aborted. */
export async function runStack(
  stack: Stack,
  env: NodeJS.ProcessEnv,
  { quick, files, signal, onProgress }: RunOptions,
): Promise<Outcome> {
  const { limits } = stack;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const results: Results[] = [];
  for (const file of quick ? [smokeTest] : files) {
    const limit = quick ? limits.quick : Math.min(limits.file, limits.run - seconds());
    const before = seconds();
    const result =
      limit > 0
        ? await runFile(stack, file, { env, limit, signal })
        : readReport(file, "", { ending: `was not run within the ${limits.run} s of the stack` });
    signal.throwIfAborted();
    results.push(result);
    const counts = `${result.passed.length} passed, ${result.failed.length} failed`;
    onProgress(`${stack.name}  ${file}  ${counts}  ${Math.round(seconds() - before)} s`);
    for (const { test, message } of result.failed) onProgress(`  ${test}: ${message}`);
  }
  return sumUp(stack, results, seconds());
}

async function runFile(
  { name, runtime }: Stack,
  file: string,
  { env, limit, signal }: Required<Pick<Command, "env" | "limit" | "signal">>,
): Promise<Results> {
  const folder = mkdtempSync(join(tmpdir(), "stack-"));
  const [report, log] = [join(folder, "report.jsonl"), join(folder, "log.txt")];
  const output = openSync(log, "w");
  try {
    const vitest = [join(root, "node_modules/vitest/vitest.mjs"), "run", file];
    const { ending } = await runCommand({
      command: [...runtime.command(), ...vitest, "--config", join(import.meta.dirname, "vitest.config.ts")],
      // A browser that is ended leaves its profile in its temporary folder.
      env: { ...environment(env), TMPDIR: folder, TEST_STACK: name, TEST_STACK_REPORT: report },
      cwd: root,
      stdio: ["ignore", output, output],
      limit,
      signal,
    });
    const lines = existsSync(report) ? readFileSync(report, "utf8") : "";
    return readReport(file, lines, { ending: `its process ${ending}`, log: readFileSync(log, "utf8") });
  } finally {
    closeSync(output);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
