/** A benchmark on the page: its figure, and the table of its latest report. */
import { type BenchmarkName, benchmarks, type Reports } from "../../src/benchmark/benchmarks.ts";
import type { BenchmarkOptions } from "../../src/benchmark/compare.ts";
import { OWN } from "../../src/benchmark/library.ts";
import type { TextReport } from "../../src/benchmark/report.ts";
import type { Engine } from "../../src/index.ts";
import { byId, element } from "../shared/dom.ts";
import { type Drawing, PlotCard } from "../shared/plot-card.ts";

type ViewOptions = Omit<BenchmarkOptions<unknown>, "sizes" | "onReport"> & { readonly onReport: () => void };

export interface View {
  readonly sizes: readonly number[];
  /** The largest size to measure, as chosen on the page. */
  largest: number;
  /** Measures the sizes up to `largest`. */
  measure(engine: Engine, options: ViewOptions): Promise<void>;
  /** Fills the page's table with the last report. @returns false where there is none. */
  showTable(): boolean;
}

/** `plotId` is the id of the benchmark's figure. `largest` is the size that the page offers first. */
export function createView<Name extends BenchmarkName>(
  name: Name,
  { plotId, largest, draw }: { plotId: string; largest: number; draw: (report: Reports[Name]) => Drawing },
): View {
  const { sizes, measure, text } = benchmarks[name];
  const card = new PlotCard(plotId, () => `benchmark-${name}`);
  card.empty("Press Run to measure.");
  let last: Reports[Name] | undefined;
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
          card.draw(draw(report));
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

/** Groups the rows by their first cell, and emphasises those of this engine. */
function showTable({ adapter, date }: Reports[BenchmarkName], { columns, rows, notes }: TextReport): void {
  const day = new Date(date).toLocaleDateString("en", { dateStyle: "long" });
  byId("results-caption", HTMLElement).textContent = `Median time (minimum) on ${adapter}, ${day}.`;
  const [groupColumn = "", rowColumn = "", ...numberColumns] = columns;
  byId("results-head", HTMLElement).replaceChildren(
    element(
      "tr",
      {},
      element("th", { scope: "col" }, rowColumn),
      ...numberColumns.map((name) => element("th", { scope: "col", class: "number" }, name)),
    ),
  );
  const table = byId("results", HTMLTableElement);
  for (const body of [...table.tBodies]) body.remove();
  const groups = new Set(rows.map(([name = ""]) => name));
  table.append(
    ...[...groups].map((name) => {
      const heading = { scope: "rowgroup", colspan: String(columns.length - 1) };
      const own = rows.filter(([group]) => group === name);
      return element(
        "tbody",
        {},
        element("tr", {}, element("th", heading, `${groupColumn} = ${name}`)),
        ...own.map(([, head = "", ...cells]) => tableRow(head, cells)),
      );
    }),
  );
  byId("notes", HTMLElement).replaceChildren(...notes.map((note) => element("li", {}, note)));
}

function tableRow(head: string, cells: readonly string[]): HTMLElement {
  return element(
    "tr",
    head === OWN ? { class: "own" } : {},
    element("th", { scope: "row" }, head),
    ...cells.map((cell) => element("td", { class: "number" }, cell)),
  );
}
