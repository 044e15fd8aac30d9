import { element } from "./dom.ts";

export interface LegendEntry {
  readonly label: string;
  /** A colour, or one of the page's custom properties as `var(--…)`. */
  readonly color: string;
  readonly mark: "line" | "dashes" | "dots" | "rings";
}

const namespace = "http://www.w3.org/2000/svg";

function shape(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

/** A sample of the mark, 22 × 10. */
function sample({ color, mark }: LegendEntry): SVGElement {
  if (mark === "line" || mark === "dashes") {
    const dash = mark === "dashes" ? { "stroke-dasharray": "5 3" } : {};
    return shape("path", { d: "M1 5H21", stroke: color, "stroke-width": 2, fill: "none", ...dash });
  }
  const paint = mark === "dots" ? { fill: color } : { fill: "none", stroke: color, "stroke-width": 1.5 };
  return shape("circle", { cx: 11, cy: 5, r: 3.2, ...paint });
}

export function legendList(entries: readonly LegendEntry[]): HTMLElement {
  return element(
    "ul",
    { class: "legend" },
    ...entries.map((entry) => {
      const svg = shape("svg", { width: 22, height: 10, "aria-hidden": "true" });
      svg.append(sample(entry));
      return element("li", {}, svg, entry.label);
    }),
  );
}

/** A copy of the plot with title and legend above it, for a file. */
export function addLegend(svg: SVGSVGElement, title: string, entries: readonly LegendEntry[]): SVGSVGElement {
  const lineHeight = 16;
  const top = 30 + entries.length * lineHeight;
  const width = Number(svg.getAttribute("width"));
  const height = Number(svg.getAttribute("height")) + top;
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const plot = shape("g", { transform: `translate(0 ${top})` });
  plot.append(...[...copy.childNodes].filter((node) => node.nodeName !== "style"));
  const start = { "text-anchor": "start", fill: "currentColor" }; // the plot itself centres its texts
  const heading = shape("text", { ...start, x: 4, y: 16, "font-size": 13, "font-weight": 600 });
  heading.textContent = title;
  const legend = entries.map((entry, i) => {
    const row = shape("g", { transform: `translate(4 ${26 + i * lineHeight})` });
    const text = shape("text", { ...start, x: 30, y: 9 });
    text.textContent = entry.label;
    row.append(sample(entry), text);
    return row;
  });
  copy.append(heading, ...legend, plot);
  copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.setAttribute("height", String(height));
  return copy;
}
