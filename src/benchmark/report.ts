/** Reports of a benchmark: plain data, as JSON carries it, and the text that shows it. */

import { formatMilliseconds, formatNumber } from "../format.ts";
import type { EngineInfo } from "../index.ts";
import { boundsOf, type Comparison, keysOf, OWN } from "./library.ts";
import type { Timing } from "./timing.ts";

/** One library, task and size: what was measured, or why it failed. */
export type Measurement<Task extends string, Measured> = {
  readonly library: string;
  readonly task: Task;
  readonly n: number;
} & (Measured | { readonly failure: string });

/** Plain data, as JSON carries it. */
export interface Report<Task extends string, Measured> {
  readonly benchmark: string;
  readonly adapter: string;
  readonly software: boolean;
  /** ISO 8601. */
  readonly date: string;
  readonly matrix: string;
  /** By library, the largest n at which each task is measured. */
  readonly bounds: Readonly<Record<string, Partial<Record<Task, number>>>>;
  readonly measurements: readonly Measurement<Task, Measured>[];
}

/** A report as text: a table whose rows are grouped by their first cell, and the notes below it. */
export interface TextReport {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

export const RATIO_NOTE = `Ratio: a library's time over that of ${OWN}. Times are medians, with the minimum in brackets.`;

/** The description of `reluMatrix` in reports. */
export const RELU_MATRIX = "relu(x − b), x and b on linspace(−1, 1, n), entries in float32";

export function reportOf<Name extends string, Task extends string, Measured>(
  benchmark: Name,
  { libraries }: Comparison<Task>,
  { adapterName, software }: EngineInfo,
  matrix: string,
  measurements: readonly Measurement<Task, Measured>[],
) {
  const date = new Date().toISOString();
  return {
    benchmark,
    adapter: adapterName,
    software,
    date,
    matrix,
    bounds: boundsOf(libraries, software),
    measurements,
  };
}

/**
 * The report of several repetitions: of each measurement, the one whose median is in the middle. A failure counts as the
 * longest time.
 */
export function middleOf<R extends Report<string, Timing>>(repetitions: readonly R[]): R {
  const [first] = repetitions as readonly [R];
  const medianOf = (one: Measurement<string, Timing>) => ("median" in one ? one.median : Number.POSITIVE_INFINITY);
  return {
    ...first,
    measurements: first.measurements.map(({ n, library, task }) => {
      const found = repetitions.flatMap((report) => find(report, n, library, task) ?? []);
      return found.toSorted((a, b) => medianOf(a) - medianOf(b))[found.length >> 1];
    }),
  };
}

/** The measurement of one library and task at size n, if there is one. */
export function find<Task extends string, M>(
  { measurements }: Pick<Report<Task, M>, "measurements">,
  n: number,
  library: string,
  task: Task,
): Measurement<Task, M> | undefined {
  return measurements.find((one) => one.n === n && one.library === library && one.task === task);
}

/** A row for each size and library that were measured: n, the library's name, and the cells that `rest` adds. */
export function libraryRows<Task extends string, M extends Timing>(
  report: Report<Task, M>,
  { libraries }: Comparison<Task>,
  rest: (n: number, library: string) => readonly string[],
): string[][] {
  const measured = [...new Set(report.measurements.map(({ n }) => n))];
  return measured.flatMap((n) =>
    libraries
      .filter(({ name }) => report.measurements.some((one) => one.n === n && one.library === name))
      .map(({ name }) => [String(n), name, ...rest(n, name)]),
  );
}

/** The titles of what `timeCells` gives. */
export function timeColumns(title: string, last: unknown): string[] {
  return [title, "Ratio", ...(last ? ["To last"] : [])];
}

/** The median with the minimum in brackets, the median over this engine's, and the median over that of `last`. */
export function timeCells<Task extends string, M extends Timing>(
  report: Report<Task, M>,
  last: Report<Task, M> | undefined,
  { n, library, task, base = OWN }: { n: number; library: string; task: Task; base?: string },
): string[] {
  const one = find(report, n, library, task);
  const toLast = last ? [ratio(one, find(last, n, library, task))] : [];
  if (!one) return ["–", "", ...toLast];
  if ("failure" in one) return ["failed", "", ...toLast];
  return [formatTiming(one), ratio(one, find(report, n, base, task)), ...toLast];
}

/** Of two medians; empty where one was not measured. */
function ratio<M extends Timing>(
  one: Measurement<string, M> | undefined,
  other: Measurement<string, M> | undefined,
): string {
  return one && other && "median" in one && "median" in other ? formatNumber(one.median / other.median, 2) : "";
}

function formatTiming({ minimum, median }: Timing): string {
  return `${formatMilliseconds(median)} (${formatMilliseconds(minimum)})`;
}

/** What was not measured, and why a measurement failed. */
export function gapNotes<Task extends string, M extends Timing>(
  report: Report<Task, M>,
  { tasks, sizes }: Comparison<Task>,
): string[] {
  const all = Object.entries<Partial<Record<Task, number>>>(report.bounds).flatMap(([library, bounds]) =>
    keysOf(tasks).map((task) => ({ name: `${library} ${tasks[task]}`, bound: bounds[task] })),
  );
  const missing = all.filter(({ bound }) => bound === undefined).map(({ name }) => name);
  const slow = all.flatMap(({ name, bound }) =>
    bound !== undefined && bound < Math.max(...sizes) ? [bound > 0 ? `${name} above n = ${bound}` : name] : [],
  );
  const failed = report.measurements.flatMap((one) =>
    "failure" in one ? [`${one.library} failed at n = ${one.n} (${tasks[one.task]}): ${one.failure}`] : [],
  );
  return [
    ...(missing.length > 0 ? [`Not offered by the library: ${missing.join(", ")}.`] : []),
    ...(slow.length > 0 ? [`Not measured, because it takes too long: ${slow.join(", ")}.`] : []),
    ...failed,
  ];
}
