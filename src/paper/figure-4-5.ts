import * as Plot from "@observablehq/plot";
import { offsetSamples } from "../index.ts";
import type { ComponentData } from "./c5-components.ts";
import type { FiniteWidthData } from "./c6-finite-width.ts";
import { type Draw, draw, look, nameOf } from "./plot-style.ts";

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
function panelGrid(
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
function panelsOf<Curve extends { readonly activation: string; readonly components: readonly (readonly number[])[] }>(
  curves: readonly Curve[],
  more: (curve: Curve, k: number) => Pick<Panel, "behind" | "note"> = () => ({}),
): Panel[] {
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

/** First principal components of four activations, beside DST-VII. */
export const figure4: Draw<ComponentData> = ({ dst, curves }, document) => {
  const samples = dst[0]?.length ?? 1;
  const x = Array.from(offsetSamples(samples));
  const panels = panelsOf(curves, ({ overlaps }, k) => ({
    behind: dst[k] as readonly number[],
    note: (overlaps[k] as number).toFixed(3),
  }));
  return {
    title: "The principal components of Heaviside are a sine transform",
    caption:
      "The first columns uₖ of U over x, and DST-VII behind them (broad grey). The number is |⟨uₖ, DST-VIIₖ⟩|, 1 where both are " +
      "the same. Those of Heaviside are the transform itself, and those of tanh are close to it. Those of ReLU and ReLU² are as " +
      "smooth, and differ from it at the ends.",
    svg: panelGrid(document, "Principal components of four activations beside the sine transform", x, panels),
  };
};

/** First principal components at a finite width. */
export const figure5: Draw<FiniteWidthData> = ({ width, x, curves }, document) => {
  return {
    title: "At finite width the components of Heaviside are steps",
    caption:
      `The first columns uₖ of U for M = ${width} neurons on ${x.length} samples. Those of Heaviside are constant between ` +
      "biases; those of tanh and ReLU are smooth.",
    svg: panelGrid(document, `Principal components of three activations with ${width} neurons`, x, panelsOf(curves)),
  };
};
