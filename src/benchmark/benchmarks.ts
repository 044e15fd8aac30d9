import type { Benchmark } from "./compare.ts";
import { type DescentReport, descentBenchmark } from "./descent.ts";
import { type SvdReport, svdBenchmark } from "./svd.ts";
import { type WidthReport, widthBenchmark } from "./width.ts";

/** What each benchmark reports, by its name. */
export interface Reports {
  readonly svd: SvdReport;
  readonly descent: DescentReport;
  readonly width: WidthReport;
}

export type BenchmarkName = keyof Reports;

/** The benchmarks of the demo's page and of `npm run bench`. To add one, add an entry here and a plot in the page. */
export const benchmarks: { readonly [Name in BenchmarkName]: Benchmark<Reports[Name]> } = {
  svd: svdBenchmark,
  descent: descentBenchmark,
  width: widthBenchmark,
};
