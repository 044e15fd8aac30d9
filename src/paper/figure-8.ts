import * as Plot from "@observablehq/plot";
import type { IterationCurve } from "./c9-iterations.ts";
import { curve, type Draw, decades, draw, endLabels, nameOf, octaves, withRange } from "./plot-style.ts";

/** Iterations to keep K components at α = 1/σ_1². */
export const figure8: Draw<readonly IterationCurve[]> = (curves, document) => {
  const series = curves.map(({ activation, iterations }) => ({
    key: activation,
    label: nameOf(activation),
    x: iterations.map((_, k) => k + 1),
    y: iterations,
  }));
  const last = Math.max(...series.map(({ x }) => x.length));
  const highest = Math.max(...series.flatMap(({ y }) => y));
  const y = withRange({
    ...decades([1, 10 ** Math.ceil(Math.log10(highest))], 2),
    label: "iterations, q",
    grid: true,
    labelArrow: "none",
  });
  return {
    title: "Iterations to keep K components",
    caption:
      "q_K = (σ₁/σ_K)² at the iteration-efficient rate α = 1/σ₁², as far as σ_K is above the rounding of float32. Dashed: K = 32.",
    svg: draw(document, "Iterations of gradient descent needed to keep K components, for six activations", {
      x: { ...octaves([1, last]), label: "components to keep, K", labelAnchor: "center", labelArrow: "none" },
      y,
      marks: [
        Plot.ruleX([32], { strokeDasharray: "4 3", strokeOpacity: 0.5 }),
        ...series.map(curve),
        ...endLabels(series, y),
      ],
    }),
  };
};
