import { METHODS_CAPTION, type MethodComparison, methodTables } from "../../src/paper/method-comparison.ts";
import type { plotFigures } from "../../src/paper/plots.ts";
import type { Reproduction } from "../../src/paper/reproduce.ts";
import { byId, element } from "../shared/dom.ts";
import { save, standaloneSvg } from "../shared/download.ts";

export function showClaims({ adapter, claims }: Reproduction, samples: number): void {
  const held = claims.filter(({ verdict }) => verdict === "holds").length;
  byId("claims-caption", HTMLElement).textContent =
    `${held} of ${claims.length} claims hold as worded. Computed on ${adapter} from a row of ${samples} samples.`;
  byId("claims", HTMLElement).replaceChildren(
    ...claims.map(({ id, figure, claim, shows, measured, verdict, region, parameters }) =>
      element(
        "tr",
        {},
        element(
          "th",
          { scope: "row" },
          id,
          element("small", {}, ` ${/^\d/.test(figure) ? "figure " : ""}${figure}`),
          element("span", {}, claim),
        ),
        element("td", { "data-label": "Should show:" }, shows),
        element("td", { "data-label": "Measured:" }, measured),
        element(
          "td",
          {},
          element("span", { class: "verdict", "data-verdict": verdict }, verdict),
          ...(region ? [element("small", {}, ` ${region}`)] : []),
        ),
        element("td", { "data-label": "Parameters:", class: "parameters" }, parameters),
      ),
    ),
  );
}

export function showMethods(comparison: MethodComparison): void {
  byId("methods-caption", HTMLElement).textContent = METHODS_CAPTION;
  const tables = methodTables(comparison);
  const activations = tables[0]?.activations ?? [];
  byId("methods-head", HTMLElement).replaceChildren(
    element("th", { scope: "col" }, "Method"),
    ...activations.map((activation) => element("th", { scope: "col", class: "number" }, activation)),
  );
  const table = byId("methods", HTMLTableElement);
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
    ...comparison.methods.map(({ label, parameters }) => element("li", {}, `${label}: ${parameters}`)),
  );
}

export function showFigures(figures: ReturnType<typeof plotFigures>): void {
  byId("plots", HTMLElement).replaceChildren(
    ...figures.map(({ name, title: subject, caption, svg }) => {
      const title = /^figure-\d/.test(name) ? `${name.replace("figure-", "Figure ")} · ${subject}` : subject;
      const download = element("button", { type: "button", class: "link", "aria-label": `SVG of ${title}` }, "SVG");
      download.addEventListener("click", () => save(`${name}.svg`, standaloneSvg(svg, title), "image/svg+xml"));
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", title);
      return element(
        "figure",
        { class: "card", id: name },
        element("header", {}, element("h3", {}, title), download),
        element("div", { class: "plot paper" }, svg),
        element("figcaption", {}, caption),
      );
    }),
  );
}
