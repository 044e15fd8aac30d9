import * as Plot from "@observablehq/plot";
import { powerOfTen } from "../format.ts";
import type { WindowData } from "./c1-window.ts";
import { type Draw, decades, draw } from "./plot-style.ts";

const OPEN = 1 - 1 / Math.E;

/** Masks of gradient descent over s/σ_1: the lines are those that `shrink` applies, the dots are from descent itself. */
export const figure2: Draw<WindowData> = ({ s, masks, descents }, document) => ({
  title: "The mask of gradient descent is a window of width √q",
  caption:
    "The factor m(s) by which q steps of gradient descent at α = 1/σ₁² scale the component of singular value s. It has " +
    "fallen to 1 − 1/e at s = σ₁/√q (dashed). Lines: the mask as the engine applies it. Dots: gradient descent itself.",
  svg: draw(document, "Masks of gradient descent over the singular value, for 10 to a million iterations", {
    marginRight: 20,
    x: {
      ...decades([1e-4, 1]),
      reverse: true,
      label: "singular value, s/σ₁",
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: { domain: [0, 1], label: "mask, m(s)", ticks: 5, grid: true, labelArrow: "none" },
    marks: [
      Plot.ruleY([OPEN], { strokeDasharray: "4 3", strokeOpacity: 0.7 }),
      Plot.text(["1 − 1/e"], { x: [1e-4], y: [OPEN], dy: -8, textAnchor: "end" }),
      ...masks.map(({ mask }) =>
        Plot.line(s, { x: s as number[], y: mask as number[], stroke: "#3a7fd5", strokeWidth: 2, curve: "monotone-x" }),
      ),
      ...descents.map(({ mask }) => Plot.dot(s, { x: s as number[], y: mask as number[], fill: "#d0691f", r: 2.4 })),
      ...masks.map(({ iterations, window }) => [
        Plot.ruleX([1 / window], { y1: 0, y2: OPEN, strokeDasharray: "4 3", strokeOpacity: 0.45 }),
        Plot.text([`q = ${powerOfTen(Math.round(Math.log10(iterations)))}`], {
          x: [1 / window],
          y: [OPEN],
          dx: 7,
          dy: -8,
          textAnchor: "start",
          fontWeight: 600,
        }),
      ]),
    ],
  }),
});
