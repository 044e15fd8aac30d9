import type { Table } from "../shared/download.ts";
import type { Drawing } from "../shared/plot-card.ts";
import { type Comparison, keysOf } from "./comparison.ts";
import { drawTimes, seriesStyles } from "./plot.ts";
import type { Report } from "./report.ts";
import type { Timing } from "./timing.ts";

/** A panel a task, a line a library. `columns` of the CSV file: its own names, and those of a measurement's values. */
export function libraryDrawing<Task extends string, M extends Timing>(
  { adapter, measurements }: Report<Task, M>,
  { libraries, tasks }: Comparison<Task>,
  label: string,
  columns: Readonly<Record<string, string>>,
): Drawing {
  const timed = measurements.flatMap((one) => ("median" in one ? [one] : []));
  const series = libraries.flatMap(({ name, processor }) => {
    const points = timed
      .filter(({ library }) => library === name)
      .map(({ task, n, minimum, median }) => ({ panel: tasks[task], size: n, minimum, median }));
    const style = seriesStyles[name];
    return points.length > 0 && style ? [{ points, label: `${name} (${processor})`, ...style }] : [];
  });
  const column = (name: string) =>
    measurements.map((one) => (one as Readonly<Record<string, number | string>>)[name] ?? "");
  const table: Table = {
    ...Object.fromEntries(Object.entries(columns).map(([title, name]) => [title, column(name)])),
    adapter: measurements.map(() => adapter),
  };
  const panels = keysOf(tasks).filter((task) => timed.some((one) => one.task === task));
  const render = drawTimes({
    label,
    series,
    panels: panels.map((task) => tasks[task]),
    size: { name: "n", ticks: [...new Set(timed.map(({ n }) => n))], format: String },
  });
  return { render, legend: series, table };
}
