import { formatNumber } from "../../../src/format.ts";
import { formatTiming } from "../cells.ts";
import type { TextReport } from "../report.ts";
import { type Form, widthComparison } from "./forms.ts";
import { CHECKED_STEPS, FITTED_SIZES, type WidthMeasurement, type WidthReport } from "./report.ts";

/** A row a size and form; what the columns mean and the fitted exponents. */
export function widthText(report: WidthReport): TextReport {
  const { measurements, exponents } = report;
  const fitted = widthComparison.libraries
    .map(({ name }) => `${name} ${exponents[name] === null ? "–" : exponents[name].toFixed(2)}`)
    .join(", ");
  return {
    columns: ["n", "Form", "Time of a step", "Ratio to scan", "Entries a second", "Largest error"],
    rows: measurements.map((one) => [String(one.n), one.form, ...cells(report, one)]),
    notes: [
      "A step w ← w − α Aᵀ(Aw − y) with one right-hand side, A of n × n: a call of half a second or more, less a call of no step, over the number of its steps. Times are medians, with the minimum in brackets.",
      `Exponents, by least squares on each form's medians at its ${FITTED_SIZES} largest sizes: ${fitted}.`,
      "Entries a second: the n² entries that a step stands for over its time; a scan touches O(n) numbers in their stead.",
      `Largest error: max |w − reference| / max |reference| after ${CHECKED_STEPS} steps from w = 0, the reference in float64.`,
      ...measurements.flatMap((one) =>
        "failure" in one ? [`${one.form} failed at n = ${one.n}: ${one.failure}`] : [],
      ),
    ],
  };
}

function cells(report: WidthReport, one: WidthMeasurement): string[] {
  if ("failure" in one) return ["failed", "", "", "–"];
  const scan = find(report, "scan", one.n);
  return [
    formatTiming(one),
    scan && "median" in scan ? formatNumber(one.median / scan.median, 2) : "",
    formatNumber((one.n ** 2 / one.median) * 1000, 2),
    one.error === null ? "not finite" : formatNumber(one.error, 2),
  ];
}

function find({ measurements }: WidthReport, form: Form, n: number): WidthMeasurement | undefined {
  return measurements.find((one) => one.form === form && one.n === n);
}
