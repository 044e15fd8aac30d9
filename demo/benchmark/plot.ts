import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "../shared/legend.ts";
import { DASHES, frame, logAxis, logTicks, plotHeight } from "../shared/plot-style.ts";

interface TimePoint {
  readonly panel: string;
  readonly size: number;
  /** Milliseconds. */
  readonly minimum: number;
  readonly median: number;
}

interface TimeSeries extends LegendEntry {
  readonly points: readonly TimePoint[];
}

interface TimesPlot {
  readonly label: string;
  readonly series: readonly TimeSeries[];
  /** Titles of the panels, which stand side by side, or in a column on a narrow card. */
  readonly panels: readonly string[];
  readonly size: {
    readonly name: string;
    readonly ticks: readonly number[];
    readonly format: (size: number) => string;
  };
}

/** Median times against size, with lines down to the minima. Both axes are logarithmic. */
export function drawTimes({ label, series, panels, size }: TimesPlot): (width: number) => Element {
  const points = series.flatMap((one) => one.points);
  const times = points.flatMap(({ minimum, median }) => [minimum, median]).filter((ms) => ms > 0);
  const domain = [Math.min(...times) / 2, Math.max(...times) * 2] as const;
  const [smallest = 1] = size.ticks;
  const largest = Math.max(2 * smallest, ...size.ticks);

  return (width) => {
    const wide = width >= 620 || panels.length === 1;
    const padding = panels.length === 1 ? 0 : wide ? 0.1 : 0.2;
    const facet = wide ? "fx" : "fy";
    const channels = { [facet]: "panel", x: "size" };
    const height = plotHeight(width, 0.5) * (wide ? 1 : panels.length) + 60;
    return Plot.plot({
      ...frame(width, height, label),
      marginLeft: 60,
      marginTop: 34,
      [facet]: { domain: panels, label: null, axis: null, padding },
      x: {
        type: "log",
        domain: [smallest, largest],
        label: size.name,
        axis: null,
      },
      y: { ...logAxis(domain, "time", true), axis: null },
      marks: [
        // The axes have texts of their own, because Plot drops some of those that a logarithmic scale formats.
        Plot.axisX(size.ticks, { text: size.format }),
        Plot.axisY(logTicks(domain), { text: formatTime }),
        Plot.text(panels, {
          [facet]: (panel: string) => panel,
          text: (panel: string) => panel,
          frameAnchor: "top-left",
          dy: -14,
          fill: "var(--ink)",
        }),
        ...series.flatMap(({ points, color, mark }) => [
          Plot.line(points, {
            ...channels,
            y: "median",
            z: "panel",
            stroke: color,
            strokeWidth: mark === "rings" ? 1.5 : 2,
            ...(mark === "dashes" && { strokeDasharray: DASHES }),
          }),
          Plot.ruleX(points, { ...channels, y1: "minimum", y2: "median", stroke: color, strokeWidth: 1.5 }),
          Plot.dot(points, {
            ...channels,
            y: "median",
            r: 3.5,
            stroke: color,
            fill: mark === "rings" ? "var(--ground)" : color,
          }),
        ]),
      ],
    });
  };
}

function formatTime(ms: number): string {
  if (ms >= 1000) return `${ms / 1000} s`;
  return ms >= 1 ? `${ms} ms` : `${Number((ms * 1000).toPrecision(1))} µs`;
}
