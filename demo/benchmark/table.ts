import { byId, element } from "../shared/dom.ts";
import { OWN } from "./comparison.ts";
import type { Origin, TextReport } from "./report.ts";

/** Shows a report: groups of rows by their first cell, this engine's emphasised; the notes below. */
export function showTable({ adapter, date }: Origin, { columns, rows, notes }: TextReport): void {
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
