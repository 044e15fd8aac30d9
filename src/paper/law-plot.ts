import * as Plot from "@observablehq/plot";
import { draw, spread, WIDTH, withRange } from "./plot-style.ts";

/** Mid-tones with a contrast of at least 3.5:1 on white and on near-black, as in `plot-style`. */
const COLORS = ["#3a7fd5", "#d0691f", "#9a63c9", "#16967a", "#cf5183", "#a87b12", "#1391ad"];
const LINE_HEIGHT = 15;

/** A curve of a law, with x ascending. */
export interface LawLine {
  /** Drawn once, beside the last point of the first line that has it. */
  readonly label: string;
  /** Lines of one family have one colour; the label unless given. */
  readonly family?: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Drawn as dots: what was measured, beside the line of the formula. */
  readonly dots?: boolean;
  readonly dash?: string;
}

/** A line that ends at most this many pixels before the right edge has its label in the margin. */
const NEAR_EDGE = 40;
/** Pixels by which the label of any other line is above its end. */
const RAISED = 7;

/** Lines and dots over one pair of axes. Labels that would overlap are moved apart. */
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
  const right = WIDTH - size.marginRight;
  const x = {
    labelAnchor: "center" as const,
    labelArrow: "none" as const,
    ...scales.x,
    range: [size.marginLeft, right],
  };
  const y = withRange({ grid: true, labelArrow: "none", ...scales.y }, size);
  const [toX, toY] = [Plot.scale({ x }), Plot.scale({ y })];
  const within = (pixel: number) => Math.min(size.height - size.marginBottom, Math.max(size.marginTop, pixel));
  const ends = labels
    .map((label) => {
      const line = lines.find((line) => line.label === label) as LawLine;
      const last = Math.max(...line.x);
      const [end, height] = [toX.apply(last) as number, toY.apply(line.y[line.x.indexOf(last)]) as number];
      const isNear = end > right - NEAR_EDGE;
      const place = isNear ? { left: right, top: within(height) } : { left: end, top: within(height - RAISED) };
      return { label, color: colorOf(line), ...place };
    })
    .sort((a, b) => a.left - b.left || a.top - b.top);
  const placed = [...new Set(ends.map(({ left }) => left))].flatMap((left) =>
    spread(
      ends.filter((end) => end.left === left).map(({ top }) => top),
      LINE_HEIGHT,
    ),
  );
  return draw(document, description, {
    ...size,
    x,
    y,
    marks: [
      ...marks,
      ...lines.map((line) => {
        const [x, y] = [line.x as number[], line.y as number[]];
        if (line.dots) return Plot.dot(x, { x, y, fill: colorOf(line), r: 2.6 });
        const dash = line.dash && { strokeDasharray: line.dash };
        return Plot.line(x, { x, y, stroke: colorOf(line), strokeWidth: 2, clip: true, ...dash });
      }),
      ...ends.map(({ label, color, left }, i) =>
        Plot.text([label], {
          frameAnchor: "top-left",
          dx: left - size.marginLeft + 7,
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
