/** The outcome of a stack's tests, from the lines that `lineReporter` wrote. */
import { stripVTControlCharacters } from "node:util";
import type { TaskMeta } from "vitest";
import type { Inability, Stack } from "./stacks.ts";

export type ReportLine =
  | { readonly event: "start"; readonly test: string }
  /** With a message where the test did not pass. */
  | { readonly event: "result"; readonly test: string; readonly message?: string; readonly adapter?: Adapter }
  /** A fault outside of all tests. */
  | { readonly event: "error"; readonly message: string }
  | { readonly event: "end" };

type Adapter = NonNullable<TaskMeta["adapter"]>;

export interface Failure {
  readonly test: string;
  readonly message: string;
}

/** The results of one file, or of all files of a stack. */
export interface Results {
  readonly adapter?: Adapter;
  readonly passed: readonly string[];
  readonly failed: readonly Failure[];
}

export interface Outcome extends Results {
  readonly stack: string;
  readonly seconds: number;
  /** Tests that failed as the list of stacks says they do. */
  readonly cannot: readonly (Failure & Omit<Inability, "test">)[];
  /** Tests that passed although the list says that they fail. */
  readonly canNow: readonly string[];
}

/** How the process of a file ended, and what it printed. */
interface Ending {
  readonly ending: string;
  readonly log?: string;
}

/** The results of one file. A report that is missing or incomplete counts as one more failure. */
export function readReport(file: string, text: string, { ending, log = "" }: Ending): Results {
  const lines = text.split("\n").flatMap(parseLine);
  const results = lines.filter((line) => line.event === "result");
  const adapter = results.find((line) => line.adapter)?.adapter;
  const failed = lines.flatMap((line): Failure[] => {
    if (line.event === "error") return [{ test: file, message: line.message }];
    return line.event === "result" && line.message ? [{ test: line.test, message: line.message }] : [];
  });
  if (!lines.some((line) => line.event === "end")) {
    failed.push({ test: file, message: `${ending}, ${lastSeen(lines)}${lastWords(log)}` });
  } else if (results.length === 0 && failed.length === 0) {
    failed.push({ test: file, message: "no test ran" });
  }
  return {
    ...(adapter && { adapter }),
    passed: results.filter((line) => !line.message).map((line) => line.test),
    failed,
  };
}

/** A process that is killed may leave its last line unfinished. */
function parseLine(text: string): ReportLine[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return [];
  }
}

function lastSeen(lines: readonly ReportLine[]): string {
  const last = lines.findLast((line) => line.event === "start" || line.event === "result");
  if (!last) return "before the first test";
  return last.event === "start" ? `in ${last.test}` : `after ${last.test}`;
}

/** The end of the log, which says why where a process crashed. */
function lastWords(log: string): string {
  const words = stripVTControlCharacters(log).trim().replace(/\s+/g, " ").slice(-400);
  return words && `; its last words: ${words}`;
}

/**
 * The results of all files of a stack. What it cannot do does not count as a failure; that no file ran does.
 */
export function sumUp({ name, cannot = [] }: Stack, files: readonly Results[], seconds: number): Outcome {
  const inabilityOf = (test: string) => cannot.find((inability) => inability.test.test(test));
  const adapter = files.find((file) => file.adapter)?.adapter;
  const passed = files.flatMap((file) => file.passed);
  const failed = files.flatMap((file) => file.failed);
  if (files.length === 0) failed.push({ test: "all tests", message: "no test ran" });
  return {
    stack: name,
    ...(adapter && { adapter }),
    passed,
    failed: failed.filter(({ test }) => !inabilityOf(test)),
    cannot: failed.flatMap((failure) => {
      const inability = inabilityOf(failure.test);
      return inability ? [{ ...failure, why: inability.why, upstream: inability.upstream }] : [];
    }),
    canNow: passed.filter(inabilityOf),
    seconds,
  };
}
