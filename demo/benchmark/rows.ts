import { formatMilliseconds, formatNumber } from "../shared/format.ts";
import { libraries, OWN, REFERENCE, type Task, tasks } from "./libraries.ts";
import { EXPONENT_FROM, type Measured, type SvdReport, sizes } from "./report.ts";

export const columns = [
  "n",
  "Library",
  "Values only",
  "Ratio",
  "With U and V",
  "Ratio",
  "σ within 1 %",
  "Largest error",
  "Sweeps",
] as const;

/** The report as text, a row a size and library, in the order of `columns`. */
export function tableRows(report: SvdReport): string[][] {
  const measured = [...new Set(report.measurements.map(({ n }) => n))];
  return measured.flatMap((n) =>
    libraries
      .filter(({ name }) => report.measurements.some((one) => one.n === n && one.library === name))
      .map(({ name }) => [
        String(n),
        name,
        ...timeAndRatio(report, n, name, "values"),
        ...timeAndRatio(report, n, name, "full"),
        ...accuracyAndSweeps(report, n, name),
      ]),
  );
}

/** What the columns mean, the fitted exponents, what was left out, and why anything failed. */
export function notes(report: SvdReport): string[] {
  return [
    `Ratio: a library's time over that of ${OWN}. Times are medians, with the minimum in brackets.`,
    `σ within 1 %: leading singular values, of those computed alone, before the first that is more than 1 % off ${REFERENCE}'s in float64. Largest error: max |Δσ| in units of σ₁·2⁻²³.`,
    exponentNote(report),
    leftOutNote(report),
    ...report.measurements.flatMap((one) =>
      "failure" in one ? [`${one.library} failed at n = ${one.n} (${tasks[one.task]}): ${one.failure}`] : [],
    ),
  ];
}

function exponentNote({ exponents: { values, full } }: SvdReport): string {
  if (values === null || full === null) return `Exponents of ${OWN} take two sizes from n = ${EXPONENT_FROM} on.`;
  const fitted = `${values.toFixed(2)} ${tasks.values}, ${full.toFixed(2)} ${tasks.full}`;
  return `Exponents of ${OWN}, by least squares on the medians from n = ${EXPONENT_FROM} on: ${fitted}.`;
}

function leftOutNote({ bounds }: SvdReport): string {
  const all = Object.entries(bounds).flatMap(([library, ofLibrary]) =>
    (Object.keys(tasks) as Task[]).map((task) => ({ name: `${library} ${tasks[task]}`, bound: ofLibrary[task] })),
  );
  const missing = all.filter(({ bound }) => bound === undefined).map(({ name }) => name);
  const slow = all.flatMap(({ name, bound = Number.POSITIVE_INFINITY }) =>
    bound < Math.max(...sizes) ? [`${name} above n = ${bound}`] : [],
  );
  return `Not measured: ${missing.join(", ")}; for taking too long, ${slow.join(", ")}.`;
}

function find({ measurements }: SvdReport, n: number, library: string, task: Task) {
  return measurements.find((one) => one.n === n && one.library === library && one.task === task);
}

/** Median with the minimum in brackets, and the median over this engine's. */
function timeAndRatio(report: SvdReport, n: number, library: string, task: Task): [time: string, ratio: string] {
  const one = find(report, n, library, task);
  if (!one) return ["–", ""];
  if ("failure" in one) return ["failed", ""];
  const own = find(report, n, OWN, task);
  const ratio = own && "median" in own ? formatNumber(one.median / own.median, 2) : "";
  return [`${formatMilliseconds(one.median)} (${formatMilliseconds(one.minimum)})`, ratio];
}

/** Of the values only. */
function accuracyAndSweeps(report: SvdReport, n: number, library: string): [string, string, string] {
  const one = find(report, n, library, "values");
  if (!one || "failure" in one) return ["–", "–", ""];
  const { leading, error, sweeps }: Measured = one;
  const words = error === null ? "not finite" : formatNumber(error, 2);
  return [String(leading), library === REFERENCE ? "reference" : words, sweeps === undefined ? "" : String(sweeps)];
}
