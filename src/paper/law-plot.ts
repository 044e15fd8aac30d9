import * as Plot from "@observablehq/plot";
import { draw, spread, withRange } from "./plot-style.ts";

/** Mid-tones with a contrast of at least 3.5:1 on white and on near-black, as in `plot-style`. */
const COLORS = ["#3a7fd5", "#d0691f", "#9a63c9", "#16967a", "#cf5183", "#a87b12", "#1391ad"];
const LINE_HEIGHT = 15;

/** A curve of a law, with x ascending. */
export interface LawLine {
  /** Drawn once, at the end of the first line that has it. */
  readonly label: string;
  /** Lines of one family have one colour; the label unless given. */
  readonly family?: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Drawn as dots: what was measured, beside the line of the formula. */
  readonly dots?: boolean;
  readonly dash?: string;
}

/** Lines and dots over one pair of axes, each label once, at the end of its first line. */
export function drawLines(
  document: Document,
  description: string,
  {
    lines,
    marks = [],
    ...scales
  }: {
    readonly x: Plot.ScaleOptions;
    readonly y: Plot.ScaleOptions;
    readonly lines: readonly LawLine[];
    readonly marks?: readonly Plot.Markish[];
  },
): SVGSVGElement {
  const labels = [...new Set(lines.map(({ label }) => label))];
  const families = [...new Set(lines.map(({ label, family = label }) => family))];
  const colorOf = ({ label, family = label }: LawLine) => COLORS[families.indexOf(family) % COLORS.length] as string;
  const size = { height: 360, marginTop: 26, marginRight: 144, marginBottom: 42, marginLeft: 58 };
  const y = withRange({ grid: true, labelArrow: "none", ...scales.y }, size);
  const scale = Plot.scale({ y });
  const within = (pixel: number) => Math.min(size.height - size.marginBottom, Math.max(size.marginTop, pixel));
  const ends = labels
    .map((label) => {
      const line = lines.find((line) => line.label === label) as LawLine;
      const end = line.y[line.x.indexOf(Math.max(...line.x))] as number;
      return { label, color: colorOf(line), pixel: within(scale.apply(end) as number) };
    })
    .sort((a, b) => a.pixel - b.pixel);
  const placed = spread(
    ends.map(({ pixel }) => pixel),
    LINE_HEIGHT,
  );
  return draw(document, description, {
    ...size,
    x: { labelAnchor: "center", labelArrow: "none", ...scales.x },
    y,
    marks: [
      ...marks,
      ...lines.map((line) => {
        const [x, y] = [line.x as number[], line.y as number[]];
        if (line.dots) return Plot.dot(x, { x, y, fill: colorOf(line), r: 2.6 });
        const dash = line.dash && { strokeDasharray: line.dash };
        return Plot.line(x, { x, y, stroke: colorOf(line), strokeWidth: 2, clip: true, ...dash });
      }),
      ...ends.map(({ label, color }, i) =>
        Plot.text([label], {
          frameAnchor: "top-right",
          dx: 7,
          dy: (placed[i] as number) - size.marginTop,
          lineAnchor: "middle",
          textAnchor: "start",
          fill: color,
          fontWeight: 600,
        }),
      ),
    ],
  });
}
