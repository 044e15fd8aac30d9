import * as Plot from "@observablehq/plot";
import { powerOfTen, title } from "../format.ts";

/** A figure of the paper, drawn from numbers of the engine. */
export interface Figure {
  /** "figure-3a", also the name of its file. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** Complete as a file of its own; in a page it takes the colour of the text around it. */
  readonly svg: SVGSVGElement;
}

interface Drawing<Data> {
  draw(data: Data, document: Document): Omit<Figure, "name">;
}

/**
 * Draws one figure from its data; the drawing is an element of `document`. It has the type of a method, so that a list of
 * studies may hold every type of data.
 */
export type Draw<Data> = Drawing<Data>["draw"];

export const WIDTH = 640;
const FONT_SIZE = 12;
const LINE_HEIGHT = 15;

interface Look {
  readonly color: string;
  readonly dash?: string;
}

/**
 * Mid-tones with a contrast of at least 3.5:1 both on white and on near-black. Neighbours differ in lightness or dash as
 * well as in hue, and every curve has its name beside it, so that no one needs to distinguish colours.
 */
const looks: Readonly<Record<string, Look>> = {
  heaviside: { color: "#3a7fd5" },
  tanh: { color: "#1391ad", dash: "7 3" },
  relu: { color: "#d0691f" },
  gelu: { color: "#d0453e", dash: "7 3" },
  silu: { color: "#a87b12", dash: "2 3" },
  relu2: { color: "#9a63c9" },
  sinc: { color: "#16967a" },
  gaussian: { color: "#cf5183", dash: "7 3" },
  dst1: { color: "currentColor", dash: "1.5 3.5" },
  dst7: { color: "currentColor", dash: "9 3 1.5 3" },
};

/** Colour and dash of an activation or a baseline; the colour of the text for any other name. */
export function look(series: string): Look {
  return looks[series] ?? { color: "currentColor" };
}

/** The name of a curve, in the words of the paper. */
export function nameOf(series: string): string {
  return { dst1: "DST-I", dst7: "DST-VII" }[series] ?? title(series);
}

/** One curve: points with x ascending. */
export interface Series {
  readonly key: string;
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The line of a series in its look. */
export function curve({ key, x, y }: Series): Plot.Markish {
  const { color, dash } = look(key);
  return Plot.line(x, { x, y: y as number[], stroke: color, strokeWidth: 2, ...(dash && { strokeDasharray: dash }) });
}

/**
 * The names of curves at the right edge, moved apart where they would overlap. A curve that ends well before the edge has
 * its name at its end.
 */
export function endLabels(series: readonly Series[], y: Plot.ScaleOptions): Plot.Markish[] {
  const scale = Plot.scale({ y });
  const edge = Math.max(...series.map(({ x }) => x.at(-1) as number));
  const ends = series
    .map(({ key, label, x, y }) => {
      const [endX, endY] = [x.at(-1) as number, y.at(-1) as number];
      return { key, label, endX, endY, pixel: scale.apply(endY) as number };
    })
    .sort((a, b) => a.pixel - b.pixel);
  const atEdge = ends.filter(({ endX }) => endX > 0.7 * edge);
  const placed = spread(
    atEdge.map(({ pixel }) => pixel),
    LINE_HEIGHT,
  );
  return ends.map((end) => {
    const place = atEdge.indexOf(end);
    return Plot.text([end.label], {
      x: [place < 0 ? end.endX : edge],
      y: [end.endY],
      dx: 7,
      dy: place < 0 ? -6 : (placed[place] as number) - end.pixel,
      textAnchor: "start",
      fill: look(end.key).color,
      fontWeight: 600,
    });
  });
}

/** Ascending positions, moved as little as possible to be `gap` apart: groups that overlap are centred on their mean. */
export function spread(positions: readonly number[], gap: number): number[] {
  let groups = positions.map((position) => ({ sum: position, count: 1 }));
  const start = ({ sum, count }: { sum: number; count: number }) => sum / count - ((count - 1) * gap) / 2;
  for (let merged = true; merged; ) {
    merged = false;
    const settled: typeof groups = [];
    for (const group of groups) {
      const last = settled.at(-1);
      if (last && start(last) + last.count * gap > start(group)) {
        last.sum += group.sum;
        last.count += group.count;
        merged = true;
      } else settled.push({ ...group });
    }
    groups = settled;
  }
  return groups.flatMap((group) => Array.from({ length: group.count }, (_, i) => start(group) + i * gap));
}

/** A log scale in powers of ten over `domain`, a tick every `every` decades. */
export function decades(domain: readonly [number, number], every = 1): Plot.ScaleOptions {
  const [low, high] = domain.map((value) => Math.log10(value)) as [number, number];
  const first = Math.ceil(low / every) * every;
  const ticks = Array.from({ length: Math.floor((high - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
  return {
    type: "log",
    domain: [...domain],
    ticks,
    tickFormat: (value: number) => powerOfTen(Math.round(Math.log10(value))),
  };
}

/** A log scale with ticks at the powers of two. */
export function octaves(domain: readonly [number, number]): Plot.ScaleOptions {
  const first = Math.ceil(Math.log2(domain[0]));
  const count = Math.floor(Math.log2(domain[1])) - first + 1;
  return {
    type: "log",
    base: 2,
    domain: [...domain],
    ticks: Array.from({ length: count }, (_, i) => 2 ** (first + i)),
    tickFormat: (value: number) => String(value),
  };
}

/** The place of the frame in the drawing. It gives the range of the y scales that `endLabels` takes. */
interface Frame {
  readonly height: number;
  readonly marginTop: number;
  readonly marginRight: number;
  readonly marginBottom: number;
  readonly marginLeft: number;
}

const frame: Frame = { height: 360, marginTop: 26, marginRight: 84, marginBottom: 42, marginLeft: 52 };

/** A y scale with the range that `frame` gives it. */
export function withRange(y: Plot.ScaleOptions, { height, marginTop, marginBottom }: Frame = frame): Plot.ScaleOptions {
  return { ...y, range: [height - marginBottom, marginTop] };
}

/**
 * Draws an SVG element of `document`. As a file of its own it has a background and a colour of its own, light or dark as
 * the system of the reader is. Inside a page these rules do not match, and it has the colours of the page.
 */
export function draw(document: Document, description: string, options: Plot.PlotOptions): SVGSVGElement {
  const svg = Plot.plot({
    document,
    width: WIDTH,
    ...frame,
    ariaLabel: description,
    style: { background: "none", fontSize: `${FONT_SIZE}px`, fontFamily: "system-ui, sans-serif", overflow: "visible" },
    ...options,
  } as Plot.PlotOptions) as SVGSVGElement;
  svg.setAttribute("role", "img");
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent =
    "svg:root{color:#1c2024;background:#fff!important}@media(prefers-color-scheme:dark){svg:root{color:#e6e8ea;background:#111417!important}}";
  svg.prepend(style);
  return svg;
}
