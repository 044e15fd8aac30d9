import * as Plot from "@observablehq/plot";
import type { ComparedMethod, MethodComparison } from "./method-comparison.ts";
import { type Draw, decades, draw, nameOf, octaves, spread, withRange } from "./plot-style.ts";

const PANELS = ["heaviside", "relu"] as const;
const LABEL_HEIGHT = 14;

/** Mid-tones with a contrast of at least 3.5:1 on white and on near-black, as in `plot-style`. */
const HUES = ["currentColor", "#d0691f", "#9a63c9", "#1391ad", "#16967a", "#cf5183", "#3a7fd5"];
const DASHES = [undefined, "7 3", "2 3", "9 3 2 3"];

interface MethodLook {
  readonly color: string;
  readonly dash: string | undefined;
}

/**
 * A look for each of the methods, in their order: one hue for each family, in which each method has a dash of its own. The
 * first dash differs from hue to hue, because curves of two families may coincide.
 */
function methodLooks(methods: readonly ComparedMethod[]): MethodLook[] {
  const families = [...new Set(methods.map(({ family }) => family))];
  const drawn = HUES.map(() => 0);
  return methods.map(({ family }) => {
    const hue = families.indexOf(family) % HUES.length;
    const before = drawn[hue] as number;
    drawn[hue] = before + 1;
    return { color: HUES[hue] as string, dash: DASHES[(hue + before) % DASHES.length] };
  });
}

/** Iterations that keep K components, by method, of two activations side by side. */
export const figureMethods: Draw<MethodComparison> = ({ components, methods, curves }, document) => {
  const looks = methodLooks(methods);
  const lines = PANELS.flatMap((panel) =>
    methods.flatMap(({ method, label }, i) => {
      const { iterations = [] } = curves.find((curve) => curve.activation === panel && curve.method === method) ?? {};
      const x = components.slice(0, iterations.length);
      return x.length > 0 ? [{ panel: nameOf(panel), label, ...(looks[i] as MethodLook), x, y: iterations }] : [];
    }),
  );
  const size = { height: 470, marginTop: 40, marginRight: 150, marginBottom: 42, marginLeft: 52 };
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
    title: "Iterations to keep K components, by method",
    caption:
      "The number of iterations from which on each of the first K components stays within 1/e of its fit, on the spectra of " +
      "figure 8. Momentum needs the square root of the iterations of gradient descent; heavy ball and Nesterov, both damped " +
      "critically at σ_K, need the same. Iterated Tikhonov, damped Newton and EigenPro use singular vectors; CGLS is in exact " +
      "arithmetic; a step of SGD takes one row.",
    svg: draw(document, `Iterations that keep K components by ${methods.length} methods, for Heaviside and ReLU`, {
      ...size,
      fx: { domain: panels, axis: null, paddingInner: 0.51, paddingOuter: 0 },
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
