import { Command, InvalidArgumentError, Option } from "commander";
import { type BenchmarkName, benchmarks } from "../../src/benchmark/benchmarks.ts";
import type { Origin, TextReport } from "../../src/benchmark/report.ts";

/** A command for each benchmark. */
export function benchCommands(): Command[] {
  return (Object.keys(benchmarks) as BenchmarkName[]).map(benchmarkCommand);
}

/** `<name> [--sizes <list>] [--json]`: prints a table, or one JSON object. */
function benchmarkCommand<Name extends BenchmarkName>(name: Name): Command {
  const { description, sizes, defaults, text } = benchmarks[name];
  return new Command(name)
    .description(description)
    .addOption(
      new Option("--sizes <list>", `n, separated by commas, out of ${sizes.join(", ")}`)
        .argParser((list) => parseSizes(list, sizes))
        .default(defaults, defaults.join(",")),
    )
    .option("--json", "print one JSON object")
    .action(async (options: { readonly sizes: readonly number[]; readonly json?: true }) => {
      const { runBenchmark } = await import("./page.ts"); // vite and Puppeteer, for which a refusal need not wait
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

/** Aligns the second column, of names, to the left and all others to the right. */
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
