import { byId, element } from "../shared/dom.ts";
import { formatMilliseconds } from "../shared/format.ts";
import { fitPowerLaw } from "./fit.ts";
import { type Operation, operations, type Timing } from "./measure.ts";

/** Widths down, operations across: median over minimum, the fitted exponents last. */
export function showTable(timings: readonly Timing[], adapter: string, runs: number): void {
  const columns = Object.entries(operations) as [Operation, string][];
  byId("times-caption", HTMLElement).textContent =
    `Median (minimum) of ${runs} runs on ${adapter}, ${new Date().toLocaleDateString("en", { dateStyle: "long" })}.`;
  byId("times-head", HTMLElement).replaceChildren(
    element(
      "tr",
      {},
      element("th", { scope: "col" }, "Width"),
      ...columns.map(([, label]) => element("th", { scope: "col", class: "number" }, label)),
    ),
  );
  const cell = (timing: Timing | undefined) =>
    timing ? `${formatMilliseconds(timing.median)} (${formatMilliseconds(timing.minimum)})` : "–";
  const widths = [...new Set(timings.map(({ width }) => width))];
  const rows = widths.map((width) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, String(width)),
      ...columns.map(([operation]) =>
        element(
          "td",
          { class: "number" },
          cell(timings.find((timing) => timing.operation === operation && timing.width === width)),
        ),
      ),
    ),
  );
  const exponents = columns.map(([operation]) =>
    fitPowerLaw(timings.filter((timing) => timing.operation === operation)),
  );
  const last = element(
    "tr",
    {},
    element("th", { scope: "row" }, "slope"),
    ...exponents.map((law) => element("td", { class: "number" }, law ? law.exponent.toFixed(2) : "–")),
  );
  byId("times", HTMLElement).replaceChildren(...rows, ...(widths.length > 1 ? [last] : []));
}
