import { Command, InvalidArgumentError, Option } from "commander";
import type { Benchmarks } from "../../demo/benchmark/main.ts";
import type { Origin, TextReport } from "../../demo/benchmark/report.ts";
import { type ReportOf, runBenchmark } from "./page.ts";

interface BenchmarkCommand<Name extends keyof Benchmarks> {
  readonly name: Name;
  readonly description: string;
  readonly sizes: readonly number[];
  readonly defaults: readonly number[];
  readonly text: (report: ReportOf<Name>) => TextReport;
}

/** `<name> [--sizes <list>] [--json]`: a benchmark of the page, on stdout as a table or as JSON. */
export function benchmarkCommand<Name extends keyof Benchmarks>({
  name,
  description,
  sizes,
  defaults,
  text,
}: BenchmarkCommand<Name>): Command {
  return new Command(name)
    .description(description)
    .addOption(
      new Option("--sizes <list>", `n, separated by commas, out of ${sizes.join(", ")}`)
        .argParser((list) => parseSizes(list, sizes))
        .default(defaults, defaults.join(",")),
    )
    .option("--json", "print one JSON object")
    .action(async (options: { readonly sizes: readonly number[]; readonly json?: true }) => {
      const report = await runBenchmark(name, options.sizes);
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report, text(report)));
    });
}

function parseSizes(text: string, sizes: readonly number[]): number[] {
  const list = [...new Set(text.split(",").map(Number))].sort((a, b) => a - b);
  if (!list.every((n) => sizes.includes(n))) {
    throw new InvalidArgumentError(`Sizes out of ${sizes.join(", ")} are expected.`);
  }
  return list;
}

function formatReport({ adapter, software }: Origin, { columns, rows, notes }: TextReport): string {
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, i) => (i === 1 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width)))
      .join("  ")
      .trimEnd();
  const heading = `${adapter}${software ? ", a software adapter: its times say nothing about a GPU" : ""}`;
  const rule = line(widths.map((width) => "─".repeat(width)));
  return `${[heading, "", line(columns), rule, ...rows.map(line), "", ...notes].join("\n")}\n`;
}
