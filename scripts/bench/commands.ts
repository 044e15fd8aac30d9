import { Command, InvalidArgumentError, Option } from "commander";
import { type BenchmarkName, benchmarks } from "../../src/benchmark/benchmarks.ts";
import type { TextReport } from "../../src/benchmark/report.ts";
import { positiveInteger } from "../../src/cli/options.ts";
import { parseStack } from "../../test/stacks/command.ts";
import { type Stack, stackNamed } from "../../test/stacks/stacks.ts";
import { findLast, type Result, storeResult } from "./results.ts";

interface Options {
  readonly sizes?: readonly number[];
  readonly stack: Stack;
  readonly repetitions: number;
  readonly json?: true;
}

/** A command for each benchmark. */
export function benchCommands(): Command[] {
  return (Object.keys(benchmarks) as BenchmarkName[]).map(benchmarkCommand);
}

/** An engine makes some choices once, by timings of its own. Times of several engines show how much depends on them. */
const REPETITIONS = 3;

/** `<name> [--sizes <list>] [--stack <name>] [--repetitions <n>] [--json]`: prints a table, or one JSON object. */
function benchmarkCommand<Name extends BenchmarkName>(name: Name): Command {
  const { description, sizes, defaults } = benchmarks[name];
  const stack = stackNamed(process.env.GPU === "1" ? "chromium-system" : "chromium-swiftshader");
  return new Command(name)
    .description(description)
    .addOption(
      new Option(
        "--sizes <list>",
        `n, separated by commas, out of ${sizes.join(", ")} (default: ${defaults.join(",")}). Times of chosen sizes are not stored.`,
      ).argParser((list) => parseSizes(list, sizes)),
    )
    .addOption(
      new Option("--stack <name>", "a stack out of npm run test:stacks -- --list")
        .argParser(parseStack)
        .default(stack, stack.name),
    )
    .option("--repetitions <n>", "engines to measure with, each in a new page or process", positiveInteger, REPETITIONS)
    .option("--json", "print one JSON object")
    .action((options: Options) => run(name, options));
}

async function run<Name extends BenchmarkName>(
  name: Name,
  { sizes, stack, repetitions, json }: Options,
): Promise<void> {
  const { defaults, text } = benchmarks[name];
  const { measureOn } = await import("./measure.ts"); // vite and Puppeteer, for which a refusal need not wait
  const result = await measureOn(stack, name, { sizes: sizes ?? defaults, repetitions });
  const { last, note } = findLast(result);
  if (!sizes) storeResult(result);
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : formatReport(result, text(result, last), note));
}

function parseSizes(text: string, sizes: readonly number[]): number[] {
  const list = [...new Set(text.split(",").map(Number))].sort((a, b) => a - b);
  if (!list.every((n) => sizes.includes(n))) {
    throw new InvalidArgumentError(`Sizes out of ${sizes.join(", ")} are expected.`);
  }
  return list;
}

/** Aligns the second column, of names, to the left and all others to the right. */
function formatReport(
  { adapter, software, stack, repetitions }: Result<BenchmarkName>,
  { columns, rows, notes }: TextReport,
  note: string,
): string {
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, i) => (i === 1 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width)))
      .join("  ")
      .trimEnd();
  const heading = `${adapter}, ${stack}${software ? ": a software adapter, whose times say nothing about a GPU" : ""}`;
  const rule = line(widths.map((width) => "─".repeat(width)));
  const middle = `Each time is the middle one of ${repetitions} repetitions. Each repetition has its own engine in a new page or process.`;
  return `${[heading, "", line(columns), rule, ...rows.map(line), "", middle, note, ...notes].join("\n")}\n`;
}
