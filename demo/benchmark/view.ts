import type { Engine } from "../../src/index.ts";
import { type Drawing, PlotCard } from "../shared/plot-card.ts";
import type { BenchmarkOptions } from "./measure.ts";
import type { Origin, TextReport } from "./report.ts";
import { showTable } from "./table.ts";

interface Benchmark<R extends Origin> {
  readonly name: string;
  readonly sizes: readonly number[];
  /** The largest size that the page offers first. */
  readonly largest: number;
  readonly measure: (engine: Engine, options: BenchmarkOptions<R>) => Promise<R>;
  readonly drawing: (report: R) => Drawing;
  readonly text: (report: R) => TextReport;
}

type ViewOptions = Omit<BenchmarkOptions<unknown>, "sizes" | "onReport"> & { readonly onReport: () => void };

/** A benchmark on the page, whatever its reports are: its figure, its last report, and the sizes chosen for it. */
export interface View {
  readonly sizes: readonly number[];
  largest: number;
  /** Measures the sizes up to `largest`. */
  measure(engine: Engine, options: ViewOptions): Promise<void>;
  /** Fills the page's table with the last report. @returns false where there is none. */
  showTable(): boolean;
}

/** `plotId` names the benchmark's figure. */
export function createView<R extends Origin>(
  { name, sizes, largest, measure, drawing, text }: Benchmark<R>,
  plotId: string,
): View {
  const card = new PlotCard(plotId, () => `benchmark-${name}`);
  card.empty("Press Run to measure.");
  let last: R | undefined;
  return {
    sizes,
    largest,
    async measure(engine, options) {
      last = undefined;
      card.empty("Measuring …");
      await measure(engine, {
        ...options,
        sizes: sizes.filter((size) => size <= this.largest),
        onReport(report) {
          last = report;
          card.draw(drawing(report));
          options.onReport();
        },
      });
    },
    showTable() {
      if (last) showTable(last, text(last));
      return last !== undefined;
    },
  };
}
