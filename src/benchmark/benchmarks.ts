import type { Benchmark } from "./compare.ts";
import { type DescentReport, descentBenchmark } from "./descent.ts";
import { batchesBenchmark, type SvdReport, svdBenchmark, tallBenchmark } from "./svd.ts";
import { type WidthReport, widthBenchmark } from "./width.ts";

/** What each benchmark reports, by its name. */
export interface Reports {
  readonly svd: SvdReport<"svd">;
  readonly batches: SvdReport<"batches">;
  readonly tall: SvdReport<"tall">;
  readonly descent: DescentReport;
  readonly width: WidthReport;
}

export type BenchmarkName = keyof Reports;

/** The benchmarks of `npm run bench`; the demo's page shows some of them. To add one, add an entry here. */
export const benchmarks: { readonly [Name in BenchmarkName]: Benchmark<Reports[Name]> } = {
  svd: svdBenchmark,
  batches: batchesBenchmark,
  tall: tallBenchmark,
  descent: descentBenchmark,
  width: widthBenchmark,
};
