import { Command, InvalidArgumentError, Option } from "commander";
import { type SvdReport, sizes } from "../../demo/benchmark/report.ts";
import { columns, notes, tableRows } from "../../demo/benchmark/rows.ts";
import { runBenchmark } from "./page.ts";

interface SvdCommandOptions {
  readonly sizes: readonly number[];
  readonly json?: true;
}

export function svdCommand(): Command {
  return new Command("svd")
    .description("SVD of ReLU matrices, n × n: times, ratios to this engine's, accuracy")
    .addOption(
      new Option("--sizes <list>", `n, separated by commas, out of ${sizes.join(", ")}`)
        .argParser(sizeList)
        .default([32, 64, 128, 256], "32,64,128,256"),
    )
    .option("--json", "print one JSON object")
    .action(async (options: SvdCommandOptions) => {
      const report = await runBenchmark("svd", options.sizes);
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : formatReport(report));
    });
}

function sizeList(text: string): number[] {
  const list = [...new Set(text.split(",").map(Number))].sort((a, b) => a - b);
  if (!list.every((n) => sizes.includes(n))) {
    throw new InvalidArgumentError(`Sizes out of ${sizes.join(", ")} are expected.`);
  }
  return list;
}

function formatReport(report: SvdReport): string {
  const rows = tableRows(report);
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, i) => (i === 1 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width)))
      .join("  ")
      .trimEnd();
  const adapter = `${report.adapter}${report.software ? ", a software adapter: its times say nothing about a GPU" : ""}`;
  return `${[adapter, "", line(columns), line(widths.map((width) => "─".repeat(width))), ...rows.map(line), "", ...notes(report)].join("\n")}\n`;
}
