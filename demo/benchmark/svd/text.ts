import { formatNumber } from "../../../src/format.ts";
import { gapNotes, libraryRows, RATIO_NOTE, timeAndRatio } from "../cells.ts";
import { find, OWN } from "../comparison.ts";
import type { TextReport } from "../report.ts";
import { REFERENCE, svdComparison } from "./libraries.ts";
import { EXPONENT_FROM, type SvdReport } from "./report.ts";

/** A row a size and library; what the columns mean and the fitted exponents. */
export function svdText(report: SvdReport): TextReport {
  return {
    columns: [
      "n",
      "Library",
      "Values only",
      "Ratio",
      "With U and V",
      "Ratio",
      "σ within 1 %",
      "Largest error",
      "Sweeps",
    ],
    rows: libraryRows(report, svdComparison, (n, library) => [
      ...timeAndRatio(report, n, library, "values"),
      ...timeAndRatio(report, n, library, "full"),
      ...accuracyAndSweeps(report, n, library),
    ]),
    notes: [
      RATIO_NOTE,
      `σ within 1 %: leading singular values, of those computed alone, before the first that is more than 1 % off ${REFERENCE}'s in float64. Largest error: max |Δσ| in units of σ₁·2⁻²³.`,
      exponentNote(report),
      ...gapNotes(report, svdComparison),
    ],
  };
}

function exponentNote({ exponents: { values, full } }: SvdReport): string {
  if (values === null || full === null) return `Exponents of ${OWN} take two sizes from n = ${EXPONENT_FROM} on.`;
  const { tasks } = svdComparison;
  const fitted = `${values.toFixed(2)} ${tasks.values}, ${full.toFixed(2)} ${tasks.full}`;
  return `Exponents of ${OWN}, by least squares on the medians from n = ${EXPONENT_FROM} on: ${fitted}.`;
}

/** Of the values only. */
function accuracyAndSweeps(report: SvdReport, n: number, library: string): [string, string, string] {
  const one = find(report, n, library, "values");
  if (!one || "failure" in one) return ["–", "–", ""];
  const { leading, error, sweeps } = one;
  const words = error === null ? "not finite" : formatNumber(error, 2);
  return [String(leading), library === REFERENCE ? "reference" : words, sweeps === undefined ? "" : String(sweeps)];
}
