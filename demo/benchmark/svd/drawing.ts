import type { Drawing } from "../../shared/plot-card.ts";
import { libraryDrawing } from "../library-drawing.ts";
import { svdComparison } from "./libraries.ts";
import type { SvdReport } from "./report.ts";

export function svdDrawing(report: SvdReport): Drawing {
  return libraryDrawing(report, svdComparison, "Time of an SVD against n by library, both axes logarithmic", {
    library: "library",
    task: "task",
    n: "n",
    minimum_ms: "minimum",
    median_ms: "median",
    runs: "runs",
    within_1_percent: "leading",
    largest_error: "error",
    sweeps: "sweeps",
    failure: "failure",
  });
}
