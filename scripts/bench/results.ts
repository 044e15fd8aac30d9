/**
 * Results of `npm run bench` in bench/results, a file for each benchmark and stack. They are committed, so that their
 * history is that of the times.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import type { BenchmarkName, Reports } from "../../src/benchmark/benchmarks.ts";
import { refusal, requireFinite, requireObject, requireOneOf, requireString } from "../../src/checks/values.ts";
import { ArgumentError } from "../../src/errors.ts";

/** A report, with what was measured and where. */
export type Result<Name extends BenchmarkName = BenchmarkName> = Reports[Name] & Provenance;

interface Provenance {
  readonly stack: string;
  /** The processors, on which a software adapter runs. */
  readonly machine: string;
  /** The commit that is checked out, with "+" where src or shaders differ from it. */
  readonly commit: string;
  /** The number of pages or processes that measured. */
  readonly repetitions: number;
}

const root = join(import.meta.dirname, "../..");
const resultsFolder = join(root, "bench/results");

export function provenance(stack: string, repetitions: number): Provenance {
  const processors = cpus();
  return { stack, machine: `${processors.length} × ${processors[0]?.model ?? "?"}`, commit: commit(), repetitions };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return git("rev-parse", "--short=10", "HEAD") + (git("status", "--porcelain", "--", "src", "shaders") ? "+" : "");
  } catch {
    return "unknown"; // without git, or outside of a clone
  }
}

/** Replaces the stored result of the same benchmark and stack. */
export function storeResult(result: Result, folder = resultsFolder): void {
  const { measurements, ...rest } = result;
  // One measurement a line: a diff shows the times that changed.
  const lines = measurements.map((one) => `    ${JSON.stringify(one)}`).join(",\n");
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  mkdirSync(folder, { recursive: true });
  writeFileSync(pathOf(result, folder), `${head},\n  "measurements": [\n${lines}\n  ]\n}\n`);
}

/**
 * The stored result of the same benchmark and stack, where its adapter, machine and matrices are the same. `note` says what
 * it is, or why there is none.
 */
export function findLast<Name extends BenchmarkName>(
  result: Result<Name>,
  folder = resultsFolder,
): { readonly last?: Result<Name>; readonly note: string } {
  const path = pathOf(result, folder);
  if (!existsSync(path))
    return { note: "No ratio to the last result: no result of this benchmark on this stack is stored." };
  try {
    const last = parseResult<Name>(readFileSync(path, "utf8"), result);
    const other = (["adapter", "machine", "matrix"] as const).find((key) => last[key] !== result[key]);
    if (other) return { note: `No ratio to the last result: it has another ${other}, ${last[other]}.` };
    return { last, note: `To last: the time over that of ${last.date.slice(0, 10)}, at commit ${last.commit}.` };
  } catch (error) {
    if (error instanceof ArgumentError)
      return { note: `No ratio to the last result: ${path} is damaged: ${error.message}` };
    throw error;
  }
}

/** @throws ArgumentError that names the part of the text that is not one of a result of the same benchmark and stack. */
function parseResult<Name extends BenchmarkName>(
  text: string,
  { benchmark, stack }: Pick<Result, "benchmark" | "stack">,
): Result<Name> {
  const result = parseObject(text);
  requireOneOf("benchmark", result.benchmark, [benchmark]);
  requireOneOf("stack", result.stack, [stack]);
  for (const key of ["adapter", "machine", "matrix", "commit", "date"]) requireString(key, result[key]);
  const { measurements } = result;
  if (!Array.isArray(measurements)) throw refusal("measurements", measurements, "an array");
  for (const [i, one] of measurements.entries()) {
    const name = `measurements[${i}]`;
    requireObject(name, one);
    const { library, task, n, median, failure } = one as Record<string, unknown>;
    requireString(`${name}.library`, library);
    requireString(`${name}.task`, task);
    requireFinite(`${name}.n`, n);
    if (failure === undefined) requireFinite(`${name}.median`, median);
  }
  return result as unknown as Result<Name>;
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ArgumentError(`${(cause as Error).message}, JSON expected`, { cause });
  }
  requireObject("result", value);
  return value as Readonly<Record<string, unknown>>;
}

function pathOf({ benchmark, stack }: Pick<Result, "benchmark" | "stack">, folder: string): string {
  return join(folder, `${benchmark}-${stack}.json`);
}
