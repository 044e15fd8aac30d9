import { formatNumber } from "../../../src/format.ts";
import { gapNotes, libraryRows, RATIO_NOTE, timeAndRatio } from "../cells.ts";
import { find, keysOf } from "../comparison.ts";
import type { TextReport } from "../report.ts";
import { descentComparison, OPERATOR, rightHandSides } from "./libraries.ts";
import { CHECKED_STEPS, type DescentReport } from "./report.ts";

/** A row a size and library; what the columns mean. */
export function descentText(report: DescentReport): TextReport {
  const { tasks } = descentComparison;
  return {
    columns: ["n", "Library", tasks.one, "Ratio", "GB/s", tasks.many, "Ratio", "GFLOP/s", "Largest error"],
    rows: libraryRows(report, descentComparison, (n, library) => [
      ...timeAndRatio(report, n, library, "one"),
      rate(report, n, library, "one", 4 * n ** 2),
      ...timeAndRatio(report, n, library, "many"),
      rate(report, n, library, "many", 4 * n ** 2 * rightHandSides.many),
      errorCell(report, n, library),
    ]),
    notes: [
      "Times are those of one step w ← w − α Aᵀ(Aw − y): a call of about half a second over the number of its steps, the read-back of w included, and for this engine the upload of y.",
      RATIO_NOTE,
      `${OPERATOR}: the matrix told by its activation and positions, in whatever form this engine finds fastest; GB/s and GFLOP/s are then those that a stored matrix would take.`,
      `GB/s: the bytes of A in float32, 4n², over the time of a step with ${tasks.one}; A takes part in two products a step. GFLOP/s: 4n² operations a right-hand side, over the time of a step with ${tasks.many}.`,
      `Largest error: max |w − reference| / max |reference| after ${CHECKED_STEPS} steps from w = 0, the reference in float64; the larger of the two.`,
      ...gapNotes(report, descentComparison),
    ],
  };
}

/** Units of 10⁹ a second, at `amount` units a step. */
function rate(report: DescentReport, n: number, library: string, task: "one" | "many", amount: number): string {
  const one = find(report, n, library, task);
  return one && "median" in one ? formatNumber(amount / one.median / 1e6, 2) : "";
}

function errorCell(report: DescentReport, n: number, library: string): string {
  const errors = keysOf(descentComparison.tasks).flatMap((task) => {
    const one = find(report, n, library, task);
    return one && "error" in one ? [one.error ?? Number.POSITIVE_INFINITY] : [];
  });
  if (errors.length === 0) return "–";
  const largest = Math.max(...errors);
  return Number.isFinite(largest) ? formatNumber(largest, 2) : "not finite";
}
