import * as Plot from "@observablehq/plot";
import type { MethodName } from "../index.ts";
import type { MethodComparison } from "./by-method.ts";
import { type Draw, decades, draw, nameOf, octaves, spread, withRange } from "./plot-style.ts";

const PANELS = ["heaviside", "relu"] as const;
const LABEL_HEIGHT = 14;

/** Kin share a hue; every curve carries its name. */
const looks: { readonly [name in MethodName]: { readonly color: string; readonly dash?: string } } = {
  gradientDescent: { color: "currentColor" },
  sgd: { color: "currentColor", dash: "2 3" },
  heavyBall: { color: "#d0691f" },
  nesterov: { color: "#9a63c9", dash: "5 5" },
  acceleratedNesterov: { color: "#9a63c9", dash: "2 3" },
  chebyshev: { color: "#1391ad" },
  nuMethod: { color: "#1391ad", dash: "7 3" },
  cgls: { color: "#3a7fd5" },
  iteratedTikhonov: { color: "#16967a" },
  preconditioned: { color: "#16967a", dash: "7 3" },
  eigenPro: { color: "#cf5183" },
};

/** Iterations that keep K components, by method, of two activations side by side. */
export const figureMethods: Draw<MethodComparison> = ({ components, methods, curves }, document) => {
  const lines = curves
    .filter(({ activation, iterations }) => PANELS.some((panel) => panel === activation) && iterations.length > 0)
    .map(({ activation, method, iterations }) => ({
      panel: nameOf(activation),
      label: methods.find((entry) => entry.method === method)?.label ?? method,
      ...looks[method],
      x: components.slice(0, iterations.length),
      y: iterations,
    }));
  const size = { height: 470, marginTop: 40, marginRight: 140, marginBottom: 42, marginLeft: 52 };
  const highest = Math.max(...lines.flatMap(({ y }) => y));
  const y = withRange({ ...decades([0.6, 3 * highest], 2), label: "iterations", grid: true, labelArrow: "none" }, size);
  const scale = Plot.scale({ y });
  const last = components.at(-1) as number;
  const panels = PANELS.map(nameOf);
  const labels = panels.flatMap((panel) => {
    const ends = lines
      .filter((line) => line.panel === panel)
      .map((line) => ({ ...line, end: line.y.at(-1) as number, pixel: scale.apply(line.y.at(-1)) as number }))
      .sort((a, b) => a.pixel - b.pixel);
    const placed = spread(
      ends.map(({ pixel }) => pixel),
      LABEL_HEIGHT,
    );
    return ends.map(({ label, color, end, pixel }, i) =>
      Plot.text([label], {
        fx: [panel],
        x: [last],
        y: [end],
        dx: 6,
        dy: (placed[i] as number) - pixel,
        textAnchor: "start",
        fill: color,
        fontWeight: 600,
        fontSize: 11,
      }),
    );
  });
  return {
    name: "figure-methods",
    title: "Iterations to keep K components, by method",
    caption:
      "From how many iterations on the first K components stay within 1/e of their fit, for the spectra of figure 8. Momentum takes " +
      "the root of gradient descent's count; heavy ball and Nesterov, both damped critically at σ_K, take the same. Iterated Tikhonov, " +
      "damped Newton and EigenPro know singular vectors; CGLS is in exact arithmetic; a step of SGD sees one row.",
    svg: draw(document, "Iterations that keep K components for eleven methods, Heaviside and ReLU", {
      ...size,
      fx: { domain: panels, axis: null, paddingInner: 0.49, paddingOuter: 0 },
      x: {
        ...octaves([components[0] as number, last]),
        ticks: components.filter((k) => Math.log2(k) % 2 === 1),
        label: "components to keep, K",
        labelAnchor: "center",
        labelArrow: "none",
      },
      y,
      marks: [
        ...panels.map((panel) =>
          Plot.text([panel], { fx: [panel], frameAnchor: "top", dy: -20, fontWeight: 600, fontSize: 13 }),
        ),
        ...lines.map(({ panel, color, dash, x, y }) =>
          Plot.line(x, {
            fx: x.map(() => panel),
            x: x as number[],
            y: y as number[],
            stroke: color,
            strokeWidth: 2,
            ...(dash && { strokeDasharray: dash }),
          }),
        ),
        ...labels,
      ],
    }),
  };
};
