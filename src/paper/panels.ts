import * as Plot from "@observablehq/plot";
import { draw, look, nameOf } from "./plot-style.ts";

const ROWS = 4;

/** One panel of a grid: a component of an activation. */
interface Panel {
  readonly column: string;
  readonly row: number;
  readonly key: string;
  readonly y: readonly number[];
  /** A second curve, drawn behind the first. */
  readonly behind?: readonly number[];
  readonly note?: string;
}

/** Panels in columns by activation and rows by k, each over x in [0, 1], scaled to the largest of all. */
export function panelGrid(
  document: Document,
  description: string,
  x: readonly number[],
  panels: readonly Panel[],
): SVGSVGElement {
  const columns = [...new Set(panels.map(({ column }) => column))];
  const largest = Math.max(...panels.flatMap(({ y }) => y.map(Math.abs)));
  return draw(document, description, {
    height: 400,
    marginLeft: 46,
    marginRight: 10,
    marginTop: 34,
    fx: { domain: columns, axis: null, padding: 0.1 },
    fy: { domain: Array.from({ length: ROWS }, (_, k) => k), axis: null, padding: 0.12 },
    x: { domain: [0, 1], ticks: [0, 1], tickFormat: String, label: "x", labelAnchor: "center", labelArrow: "none" },
    y: { domain: [-1.08 * largest, 1.08 * largest], axis: null },
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.25 }),
      ...columns.map((column) => {
        const key = panels.find((panel) => panel.column === column)?.key ?? "";
        return Plot.text([column], {
          fx: [column],
          fy: [0],
          frameAnchor: "top",
          dy: -20,
          fill: look(key).color,
          fontWeight: 600,
          fontSize: 13,
        });
      }),
      ...Array.from({ length: ROWS }, (_, k) =>
        Plot.text([`k = ${k + 1}`], { fx: [columns[0]], fy: [k], frameAnchor: "left", dx: -8, textAnchor: "end" }),
      ),
      ...panels.flatMap(({ column, row, key, y, behind, note }) => {
        const facet = { fx: x.map(() => column), fy: x.map(() => row), x: x as number[] };
        return [
          ...(behind ? [Plot.line(x, { ...facet, y: behind as number[], strokeWidth: 5, strokeOpacity: 0.28 })] : []),
          Plot.line(x, { ...facet, y: y as number[], stroke: look(key).color, strokeWidth: 1.8 }),
          ...(note
            ? [
                Plot.text([note], {
                  fx: [column],
                  fy: [row],
                  frameAnchor: "top-left",
                  dy: -7,
                  fontSize: 11,
                  fillOpacity: 0.8,
                }),
              ]
            : []),
        ];
      }),
    ],
  });
}

/** The first components of each curve, one panel each. */
export function panelsOf<
  Curve extends { readonly activation: string; readonly components: readonly (readonly number[])[] },
>(curves: readonly Curve[], more: (curve: Curve, k: number) => Pick<Panel, "behind" | "note"> = () => ({})): Panel[] {
  return curves.flatMap((curve) =>
    curve.components.slice(0, ROWS).map((y, row) => ({
      column: nameOf(curve.activation),
      row,
      key: curve.activation,
      y,
      ...more(curve, row),
    })),
  );
}
