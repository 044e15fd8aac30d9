/** The reports of the benchmarks as plots of times, with their data as tables. */
import type { DescentReport } from "../../src/benchmark/descent.ts";
import { descentComparison } from "../../src/benchmark/descent-libraries.ts";
import type { Comparison } from "../../src/benchmark/library.ts";
import type { Report } from "../../src/benchmark/report.ts";
import type { SvdReport } from "../../src/benchmark/svd.ts";
import { square } from "../../src/benchmark/svd-families.ts";
import type { Timing } from "../../src/benchmark/timing.ts";
import { type WidthReport, widthComparison } from "../../src/benchmark/width.ts";
import { superscript } from "../../src/format.ts";
import type { LegendEntry } from "../shared/legend.ts";
import type { Drawing } from "../shared/plot-card.ts";
import { colors } from "../shared/plot-style.ts";
import { drawTimes } from "./plot.ts";

/** The look of each library and form. */
const styles: Readonly<Record<string, Pick<LegendEntry, "color" | "mark">>> = {
  "spectral-shrinkage": { color: colors.mask, mark: "line" },
  "spectral-shrinkage, operator": { color: colors.mask, mark: "dashes" },
  "jax-js": { color: colors.descent, mark: "dashes" },
  "TensorFlow.js": { color: colors.dst, mark: "rings" },
  "ml-matrix": { color: colors.data, mark: "line" },
  "svd-js": { color: colors.dst, mark: "rings" },
  "numpy-ts": { color: colors.data, mark: "dashes" },
  stored: { color: colors.data, mark: "line" },
  generated: { color: colors.descent, mark: "dashes" },
  scan: { color: colors.mask, mark: "line" },
};

export function drawSvd(report: SvdReport): Drawing {
  return drawing(report.measurements, {
    ...ofLibraries(report, square.comparison),
    label: "Time of an SVD against n by library, both axes logarithmic",
    columns: { within_1_percent: "leading", largest_error: "error", sweeps: "sweeps" },
  });
}

export function drawDescent(report: DescentReport): Drawing {
  return drawing(report.measurements, {
    ...ofLibraries(report, descentComparison),
    label: "Time of a step of gradient descent against n by library, both axes logarithmic",
    columns: { steps: "steps", largest_error: "error" },
  });
}

export function drawWidth({ adapter, measurements }: WidthReport): Drawing {
  return drawing(measurements, {
    adapter,
    label: "Time of a step of gradient descent against n by form of the operator, both axes logarithmic",
    lines: widthComparison.libraries.map(({ name }) => ({ name, label: name })),
    lineOf: ({ library }) => library,
    panelOf: () => "1 right-hand side",
    formatSize: (n) => `2${superscript(Math.log2(n))}`,
    keys: { form: "library" },
    columns: { steps: "steps", largest_error: "error" },
  });
}

/** A panel for each task, and a line for each library. */
function ofLibraries<Task extends string, M>(
  { adapter }: Report<Task, M>,
  { libraries, tasks }: Comparison<Task>,
): Omit<Lines<{ readonly library: string; readonly task: Task }>, "label" | "columns"> {
  return {
    adapter,
    lines: libraries.map(({ name, processor }) => ({ name, label: `${name} (${processor})` })),
    lineOf: ({ library }) => library,
    panelOf: ({ task }) => tasks[task],
    formatSize: String,
    keys: { library: "library", task: "task" },
  };
}

interface Lines<M> {
  readonly adapter: string;
  /** Describes the plot to screen readers. */
  readonly label: string;
  readonly lines: readonly { readonly name: string; readonly label: string }[];
  /** The name of the line that a measurement is on. */
  readonly lineOf: (measurement: M) => string;
  readonly panelOf: (measurement: M) => string;
  readonly formatSize: (n: number) => string;
  /** Columns of the CSV file: their titles, and the names of a measurement's values. */
  readonly keys: Readonly<Record<string, string>>;
  readonly columns: Readonly<Record<string, string>>;
}

function drawing<M extends { readonly n: number }>(
  measurements: readonly M[],
  { adapter, label, lines, lineOf, panelOf, formatSize, keys, columns }: Lines<M>,
): Drawing {
  const points = measurements
    .filter(isTimed)
    .map((one) => ({ ...one, line: lineOf(one), panel: panelOf(one), size: one.n }));
  const series = lines.flatMap(({ name, label }) => {
    const own = points.filter(({ line }) => line === name);
    const style = styles[name];
    return own.length > 0 && style ? [{ points: own, label, ...style }] : [];
  });
  const render = drawTimes({
    label,
    series,
    panels: [...new Set(points.map(({ panel }) => panel))],
    size: { name: "n", ticks: [...new Set(points.map(({ size }) => size))], format: formatSize },
  });
  const timing = { n: "n", minimum_ms: "minimum", median_ms: "median", runs: "runs" };
  const table = Object.fromEntries(
    Object.entries({ ...keys, ...timing, ...columns, failure: "failure" }).map(([title, name]) => [
      title,
      measurements.map((one) => (one as Readonly<Record<string, number | string>>)[name] ?? ""),
    ]),
  );
  return { render, legend: series, table: { ...table, adapter: measurements.map(() => adapter) } };
}

function isTimed<M extends object>(measurement: M): measurement is M & Timing {
  return "median" in measurement;
}
