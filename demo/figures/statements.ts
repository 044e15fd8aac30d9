import { studies } from "../../src/paper/registry.ts";
import type { Finding, Study } from "../../src/paper/study.ts";
import { byId, element } from "../shared/dom.ts";
import { typeset } from "./typeset.ts";

/** The tables of the page, by the id of their body, and their studies in order. */
const tables = [
  { id: "claims", listed: studies.filter(({ id }) => id.startsWith("C")) },
  { id: "laws", listed: studies.filter(({ id }) => id.startsWith("L")) },
] as const;

const MARKS = { holds: "✓", "holds in part": "◐", differs: "✗" } as const;

/** What is found so far, by the ids of studies. */
const findings = new Map<string, Finding>();

/** Shows every claim and law without a verdict. */
export function listStatements(): void {
  findings.clear();
  for (const { id, listed } of tables) {
    byId(id, HTMLElement).replaceChildren(...listed.map((study) => rowOf(study)));
    summarise(id, listed);
  }
}

/** Shows a verdict, and what decided it. */
export function showFinding(study: Study, finding: Finding): void {
  findings.set(study.id, finding);
  byId(`statement-${study.id}`, HTMLElement).replaceWith(rowOf(study, finding));
  for (const { id, listed } of tables) summarise(id, listed);
}

function summarise(table: string, listed: readonly Study[]): void {
  const found = listed.flatMap(({ id }) => findings.get(id) ?? []);
  const held = found.filter(({ verdict }) => verdict === "holds").length;
  const missing = listed.length - found.length;
  const text = found.length === 0 ? "" : `${held} of ${found.length} hold as worded. `;
  byId(`${table}-summary`, HTMLElement).textContent = text + (missing > 0 ? `${missing} not computed yet.` : "");
}

function rowOf(study: Study, finding?: Finding): HTMLElement {
  return element(
    "tr",
    { id: `statement-${study.id}` },
    element("td", {}, ...(finding ? verdictOf(finding) : [element("span", { class: "pending" }, "not computed yet")])),
    element(
      "th",
      { scope: "row" },
      element("strong", {}, study.id),
      element("small", {}, ...sourceOf(study, finding !== undefined)),
      element("p", {}, ...typeset(study.claim)),
      ...(finding ? [detailsOf(finding)] : []),
    ),
  );
}

function verdictOf({ verdict, region }: Finding): HTMLElement[] {
  const mark = element("span", { "aria-hidden": "true" }, MARKS[verdict]);
  const word = element("span", { class: "verdict", "data-verdict": verdict }, mark, ` ${verdict}`);
  return [word, ...(region ? [element("small", {}, ...typeset(region))] : [])];
}

/** Where the statement comes from, and its figure as soon as it is drawn. */
function sourceOf({ figure, figures }: Study, isDrawn: boolean): (HTMLElement | string)[] {
  const [, paper] = figure.match(/^arXiv (\S+)$/) ?? [];
  const [drawn] = isDrawn ? Object.keys(figures) : [];
  const isNumber = /^\d/.test(figure);
  const source = paper
    ? element("a", { href: `https://arxiv.org/abs/${paper}` }, figure)
    : isNumber
      ? `figure ${figure}`
      : figure;
  if (!drawn) return source === "–" ? [] : [source];
  if (isNumber) return [element("a", { href: `#${drawn}` }, source)];
  return [...(source === "–" ? [] : [source, " · "]), element("a", { href: `#${drawn}` }, "figure")];
}

function detailsOf({ shows, measured, parameters }: Finding): HTMLElement {
  const entries = Object.entries({ "Should show": shows, Measured: measured, Parameters: parameters });
  return element(
    "details",
    {},
    element("summary", {}, "What decides, and what was measured"),
    element(
      "dl",
      {},
      ...entries.flatMap(([name, text]) => [
        element("dt", {}, name),
        // A sentence a line: the cell of C7 has nine.
        element("dd", {}, ...text.split(/(?<=\.) /).map((sentence) => element("p", {}, ...typeset(sentence)))),
      ]),
    ),
  );
}
