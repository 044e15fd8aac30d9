import * as Plot from "@observablehq/plot";
import type { Drawing } from "../../shared/plot-card.ts";
import { colors, DASHES, frame, indices } from "../../shared/plot-style.ts";
import type { Result } from "../computation.ts";

const PANELS = 6;

interface Panel {
  readonly k: number;
  readonly component: Float64Array;
  readonly dst: Float64Array;
  /** |⟨u_k, d_k⟩|. */
  readonly overlap: number;
}

/** Column k of U, with the sign that makes its product with the sine positive, and the sine. */
function panelOf({ basis, dst, y }: Result, k: number): Panel {
  const n = y.length;
  const sine = Float64Array.from({ length: n }, (_, i) => dst[i * n + k] as number);
  const component = Float64Array.from({ length: n }, (_, i) => basis.components[i * basis.count + k] as number);
  const product = component.reduce((sum, value, i) => sum + value * (sine[i] as number), 0);
  return { k: k + 1, component: component.map((v) => (product < 0 ? -v : v)), dst: sine, overlap: Math.abs(product) };
}

/** The numbers of the components to show: 1 to 4, K/2 and K, or up to 8 where these are fewer than six. */
function chosen(count: number, components: number): number[] {
  const wanted = [1, 2, 3, 4, Math.round(components / 2), components, 5, 6, 7, 8].filter((k) => k >= 1 && k <= count);
  return [...new Set(wanted)].slice(0, PANELS).sort((a, b) => a - b);
}

export function drawComponents(result: Result): Drawing {
  const { basis, components, y } = result;
  const n = y.length;
  const panels = chosen(basis.count, components).map((k) => panelOf(result, k - 1));
  const rows = panels.flatMap((panel, at) => indices(n).map((i) => ({ panel, at, i })));
  type Row = (typeof rows)[number];

  const render = (width: number) => {
    const columns = width < 420 ? 2 : 3;
    const lines = Math.ceil(panels.length / columns);
    const facet = { fx: (row: Row) => row.at % columns, fy: (row: Row) => Math.floor(row.at / columns) };
    return Plot.plot({
      ...frame(width, lines * (columns === 2 ? 124 : 162) + 24, "Principal components beside the sine transform"),
      marginLeft: 2,
      marginRight: 2,
      marginTop: 4,
      marginBottom: 24,
      fx: { axis: null, padding: 0.08 },
      fy: { axis: null, padding: 0.12 },
      x: { domain: [0, 1], label: null, ticks: [0, 0.5, 1], tickFormat: String },
      y: { axis: null, insetTop: 32 },
      marks: [
        Plot.ruleY([0], { stroke: colors.rule }),
        Plot.axisX({ ticks: [0, 0.5, 1], tickFormat: String, label: null, facetAnchor: "bottom", tickSize: 3 }),
        Plot.line(rows, {
          ...facet,
          x: (row: Row) => basis.x[row.i] as number,
          y: (row: Row) => row.panel.component[row.i] as number,
          stroke: colors.mask,
          strokeWidth: 2,
        }),
        Plot.line(rows, {
          ...facet,
          x: (row: Row) => basis.x[row.i] as number,
          y: (row: Row) => row.panel.dst[row.i] as number,
          stroke: colors.dst,
          strokeDasharray: DASHES,
          strokeWidth: 1.5,
        }),
        Plot.text(
          rows.filter((row) => row.i === 0),
          {
            ...facet,
            frameAnchor: "top-left",
            text: (row: Row) => `k = ${row.panel.k}\n|⟨u, d⟩| = ${row.panel.overlap.toFixed(3)}`,
            dy: 2,
            fill: colors.quiet,
          },
        ),
      ],
    });
  };
  return {
    render,
    legend: [
      { label: "component uₖ of the network", color: colors.mask, mark: "line" },
      { label: "DST-VII dₖ", color: colors.dst, mark: "dashes" },
    ],
    table: Object.fromEntries([
      ["x", basis.x],
      ...panels.flatMap(({ k, component, dst }) => [
        [`u_${k}`, component],
        [`dst_${k}`, dst],
      ]),
    ]),
  };
}
