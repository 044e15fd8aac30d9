import * as Plot from "@observablehq/plot";
import { formatMilliseconds } from "../shared/format.ts";
import type { LegendEntry } from "../shared/legend.ts";
import type { Drawing } from "../shared/plot-card.ts";
import { colors, DASHES, frame, logAxis, plotHeight } from "../shared/plot-style.ts";
import { fitPowerLaw } from "./fit.ts";
import { type Operation, operations, type Timing } from "./measure.ts";

const styles: Record<Operation, { readonly color: string; readonly mark: LegendEntry["mark"] }> = {
  build: { color: colors.data, mark: "line" },
  step: { color: colors.descent, mark: "line" },
  values: { color: colors.mask, mark: "dashes" },
  full: { color: colors.mask, mark: "line" },
};

/** Median times with their minima, and the fitted power laws. */
export function drawTimings(timings: readonly Timing[], adapter: string): Drawing {
  const series = (Object.keys(operations) as Operation[])
    .map((operation) => ({ operation, own: timings.filter((timing) => timing.operation === operation) }))
    .filter(({ own }) => own.length > 0)
    .map(({ operation, own }) => ({ operation, own, law: fitPowerLaw(own) }));
  const times = timings.flatMap(({ minimum, median }) => [minimum, median]).filter((ms) => ms > 0);
  const domain = [Math.min(...times) / 2, Math.max(...times) * 2] as const;
  const widths = [...new Set(timings.map(({ width }) => width))];
  const end = Math.max(64, ...widths);

  const render = (width: number) =>
    Plot.plot({
      ...frame(width, plotHeight(width, 0.5) + 60, "Time against width of the matrix, both logarithmic"),
      marginLeft: 56,
      x: { type: "log", domain: [32, end], label: "width N = M", ticks: widths, tickFormat: String },
      y: { ...logAxis(domain, "time", true), tickFormat: formatMilliseconds },
      marks: series.flatMap(({ operation, own }) => {
        const { color, mark } = styles[operation];
        return [
          Plot.line(own, {
            x: "width",
            y: "median",
            stroke: color,
            strokeWidth: 2,
            ...(mark === "dashes" && { strokeDasharray: DASHES }),
          }),
          Plot.dot(own, { x: "width", y: "median", r: 3.5, fill: color }),
          Plot.ruleX(own, { x: "width", y1: "minimum", y2: "median", stroke: color, strokeWidth: 1.5 }),
        ];
      }),
    });
  return {
    render,
    legend: series.map(({ operation, law }) => ({
      label: `${operations[operation]}${law ? `, slope ${law.exponent.toFixed(1)}` : ""}`,
      ...styles[operation],
    })),
    table: {
      operation: timings.map(({ operation }) => operations[operation]),
      width: timings.map(({ width }) => width),
      minimum_ms: timings.map(({ minimum }) => minimum),
      median_ms: timings.map(({ median }) => median),
      runs: timings.map(({ runs }) => runs),
      fitted_exponent: timings.map(
        ({ operation }) => series.find((one) => one.operation === operation)?.law?.exponent ?? "",
      ),
      adapter: timings.map(() => adapter),
    },
  };
}
