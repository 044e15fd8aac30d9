import { byId, element } from "../shared/dom.ts";
import type { SvdReport } from "./report.ts";
import { columns, notes, tableRows } from "./rows.ts";

/** A group of rows a size, a row a library; the notes below. */
export function showTable(report: SvdReport): void {
  const date = new Date(report.date).toLocaleDateString("en", { dateStyle: "long" });
  byId("results-caption", HTMLElement).textContent = `Median time (minimum) on ${report.adapter}, ${date}.`;
  const [, libraryColumn, ...numberColumns] = columns;
  byId("results-head", HTMLElement).replaceChildren(
    element(
      "tr",
      {},
      element("th", { scope: "col" }, libraryColumn),
      ...numberColumns.map((name) => element("th", { scope: "col", class: "number" }, name)),
    ),
  );
  const table = byId("results", HTMLTableElement);
  for (const body of [...table.tBodies]) body.remove();
  const rows = tableRows(report);
  const sizes = new Set(rows.map(([n = ""]) => n));
  table.append(...[...sizes].map((n) => group(n, rows)));
  byId("notes", HTMLElement).replaceChildren(...notes(report).map((note) => element("li", {}, note)));
}

function group(n: string, rows: readonly string[][]): HTMLElement {
  const span = String(columns.length - 1);
  return element(
    "tbody",
    {},
    element("tr", {}, element("th", { scope: "rowgroup", colspan: span }, `n = ${n}`)),
    ...rows
      .filter(([own]) => own === n)
      .map(([, library = "", ...cells]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, library),
          ...cells.map((cell) => element("td", { class: "number" }, cell)),
        ),
      ),
  );
}
