import { METHODS_CAPTION, type MethodComparison, methodTables } from "../../src/paper/method-comparison.ts";
import { plotFigures } from "../../src/paper/plots.ts";
import type { Conclusion, Study } from "../../src/paper/study.ts";
import { byId, element } from "../shared/dom.ts";
import { save, standaloneSvg } from "../shared/download.ts";
import { listStatements, showFinding } from "./statements.ts";
import { typeset } from "./typeset.ts";

const places = ["claims-plots", "laws-plots", "methods-plots"] as const;

/** The page without results. */
export function showNothing(): void {
  listStatements();
  byId("methods", HTMLElement).hidden = true;
  for (const place of places) byId(place, HTMLElement).replaceChildren();
}

/** A study as soon as it is measured: its verdict, its figures, and of the methods their tables. */
export function showConclusion(study: Study, { data, finding }: Conclusion<unknown>): void {
  const place = study.id.startsWith("C") ? "claims-plots" : finding ? "laws-plots" : "methods-plots";
  if (finding) showFinding(study, finding);
  else showMethods(data as MethodComparison);
  const figures = plotFigures({ data: { [study.name]: data } }, document, [study]);
  byId(place, HTMLElement).append(...figures.map((figure) => cardOf(study, figure)));
}

function showMethods(comparison: MethodComparison): void {
  byId("methods", HTMLElement).hidden = false;
  byId("methods-caption", HTMLElement).replaceChildren(...typeset(METHODS_CAPTION));
  const tables = methodTables(comparison);
  const activations = tables[0]?.activations ?? [];
  byId("methods-head", HTMLElement).replaceChildren(
    element("th", { scope: "col" }, "Method"),
    ...activations.map((activation) => element("th", { scope: "col", class: "number" }, activation)),
  );
  const table = byId("methods-table", HTMLTableElement);
  for (const body of Array.from(table.tBodies)) body.remove();
  table.append(
    ...tables.map(({ components, rows }) =>
      element(
        "tbody",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "rowgroup", colspan: String(activations.length + 1) }, `K = ${components}`),
        ),
        ...rows.map(({ label, cells }) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, label),
            ...cells.map(({ iterations, timesFewer }) =>
              element("td", { class: "number" }, iterations, ...(timesFewer ? [element("br", {}), timesFewer] : [])),
            ),
          ),
        ),
      ),
    ),
  );
  byId("methods-parameters", HTMLElement).replaceChildren(
    ...comparison.methods.map(({ label, parameters }) => element("li", {}, ...typeset(`${label}: ${parameters}`))),
  );
}

function cardOf(
  { id, figure }: Study,
  { name, title: subject, caption, svg }: ReturnType<typeof plotFigures>[number],
): HTMLElement {
  const label = /^\d/.test(figure) ? name.replace("figure-", "Figure ") : id;
  const title = label === "methods" ? subject : `${label} · ${subject}`;
  const download = element("button", { type: "button", class: "link", "aria-label": `SVG of ${title}` }, "SVG");
  download.addEventListener("click", () => save(`${name}.svg`, standaloneSvg(svg, title), "image/svg+xml"));
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  return element(
    "figure",
    { class: "card", id: name },
    element("header", {}, element("h3", {}, title), download),
    element("div", { class: "plot paper" }, svg),
    element("figcaption", {}, ...typeset(caption)),
  );
}
