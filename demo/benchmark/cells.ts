import { formatMilliseconds, formatNumber } from "../../src/format.ts";
import { type Comparison, find, keysOf, OWN } from "./comparison.ts";
import type { Report } from "./report.ts";
import type { Timing } from "./timing.ts";

export const RATIO_NOTE = `Ratio: a library's time over that of ${OWN}. Times are medians, with the minimum in brackets.`;

/** Rows of a report, one a size and library that were measured: n, the library's name, and the cells that `rest` adds. */
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

/** Median with the minimum in brackets, and the median over this engine's. */
export function timeAndRatio<Task extends string, M extends Timing>(
  report: Report<Task, M>,
  n: number,
  library: string,
  task: Task,
): [time: string, ratio: string] {
  const one = find(report, n, library, task);
  if (!one) return ["–", ""];
  if ("failure" in one) return ["failed", ""];
  const own = find(report, n, OWN, task);
  const ratio = own && "median" in own ? formatNumber(one.median / own.median, 2) : "";
  return [formatTiming(one), ratio];
}

export function formatTiming({ minimum, median }: Timing): string {
  return `${formatMilliseconds(median)} (${formatMilliseconds(minimum)})`;
}

/** What was left out, and why anything failed. */
export function gapNotes<Task extends string, M extends Timing>(
  report: Report<Task, M>,
  { tasks, sizes }: Comparison<Task>,
): string[] {
  const all = Object.entries<Partial<Record<Task, number>>>(report.bounds).flatMap(([library, bounds]) =>
    keysOf(tasks).map((task) => ({ name: `${library} ${tasks[task]}`, bound: bounds[task] })),
  );
  const missing = all.filter(({ bound }) => bound === undefined).map(({ name }) => name);
  const slow = all.flatMap(({ name, bound }) =>
    bound !== undefined && bound < Math.max(...sizes) ? [`${name} above n = ${bound}`] : [],
  );
  const leftOut = [...missing, ...(slow.length > 0 ? [`for taking too long, ${slow.join(", ")}`] : [])];
  const failed = report.measurements.flatMap((one) =>
    "failure" in one ? [`${one.library} failed at n = ${one.n} (${tasks[one.task]}): ${one.failure}`] : [],
  );
  return [...(leftOut.length > 0 ? [`Not measured: ${leftOut.join("; ")}.`] : []), ...failed];
}
