import * as Plot from "@observablehq/plot";
import type { LegendEntry } from "../shared/legend.ts";
import type { Drawing } from "../shared/plot-card.ts";
import { colors, DASHES, frame, logAxis, plotHeight } from "../shared/plot-style.ts";
import { libraries, OWN, tasks } from "./libraries.ts";
import type { Measurement, SvdReport } from "./report.ts";

const styles: Readonly<Record<string, { readonly color: string; readonly mark: LegendEntry["mark"] }>> = {
  [OWN]: { color: colors.mask, mark: "line" },
  "jax-js": { color: colors.descent, mark: "dashes" },
  "ml-matrix": { color: colors.data, mark: "line" },
  "svd-js": { color: colors.dst, mark: "rings" },
  "numpy-ts": { color: colors.data, mark: "dashes" },
};

/** Median times against n, the minima below them; values only beside U and V, or above on a narrow card. */
export function drawTimes({ adapter, measurements }: SvdReport): Drawing {
  const timed = measurements.flatMap((one) => ("median" in one ? [one] : []));
  const series = libraries.flatMap(({ name, processor }) => {
    const own = timed.filter(({ library }) => library === name);
    const style = styles[name];
    return own.length > 0 && style ? [{ own, label: `${name} (${processor})`, ...style }] : [];
  });
  const times = timed.flatMap(({ minimum, median }) => [minimum, median]).filter((ms) => ms > 0);
  const domain = [Math.min(...times) / 2, Math.max(...times) * 2] as const;
  const ns = [...new Set(timed.map(({ n }) => n))];
  const panels = (Object.keys(tasks) as Measurement["task"][]).filter((task) => timed.some((one) => one.task === task));

  const render = (width: number) => {
    const wide = width >= 620;
    const facet = wide ? "fx" : "fy";
    const panel = { [facet]: (one: Measurement) => tasks[one.task] };
    const height = plotHeight(width, 0.5) * (wide ? 1 : panels.length) + 60;
    return Plot.plot({
      ...frame(width, height, "Time of an SVD against n by library, both axes logarithmic"),
      marginLeft: 56,
      marginTop: 34,
      [facet]: { domain: panels.map((task) => tasks[task]), label: null, axis: null, padding: wide ? 0.1 : 0.2 },
      x: { type: "log", domain: [32, Math.max(64, ...ns)], label: "n", ticks: ns, tickFormat: String },
      y: { ...logAxis(domain, "time", true), tickFormat: (ms: number) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`) },
      marks: [
        Plot.text(panels, {
          [facet]: (task: Measurement["task"]) => tasks[task],
          text: (task: Measurement["task"]) => tasks[task],
          frameAnchor: "top-left",
          dy: -14,
          fill: "var(--ink)",
        }),
        ...series.flatMap(({ own, color, mark }) => [
          Plot.line(own, {
            ...panel,
            x: "n",
            y: "median",
            z: "task",
            stroke: color,
            strokeWidth: mark === "rings" ? 1.5 : 2,
            ...(mark === "dashes" && { strokeDasharray: DASHES }),
          }),
          Plot.ruleX(own, { ...panel, x: "n", y1: "minimum", y2: "median", stroke: color, strokeWidth: 1.5 }),
          Plot.dot(own, {
            ...panel,
            x: "n",
            y: "median",
            r: 3.5,
            stroke: color,
            fill: mark === "rings" ? "var(--ground)" : color,
          }),
        ]),
      ],
    });
  };
  return { render, legend: series, table: csv(measurements, adapter) };
}

function csv(measurements: readonly Measurement[], adapter: string): Drawing["table"] {
  const column = (name: string) =>
    measurements.map((one) => (one as Readonly<Record<string, number | string>>)[name] ?? "");
  return {
    library: column("library"),
    task: column("task"),
    n: column("n"),
    minimum_ms: column("minimum"),
    median_ms: column("median"),
    runs: column("runs"),
    within_1_percent: column("leading"),
    largest_error: column("error"),
    sweeps: column("sweeps"),
    failure: column("failure"),
    adapter: measurements.map(() => adapter),
  };
}
