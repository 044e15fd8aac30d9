import type { Drawing } from "../../shared/plot-card.ts";
import { libraryDrawing } from "../library-drawing.ts";
import { descentComparison } from "./libraries.ts";
import type { DescentReport } from "./report.ts";

export function descentDrawing(report: DescentReport): Drawing {
  const label = "Time of a step of gradient descent against n by library, both axes logarithmic";
  return libraryDrawing(report, descentComparison, label, {
    library: "library",
    task: "task",
    n: "n",
    minimum_ms: "minimum",
    median_ms: "median",
    runs: "runs",
    steps: "steps",
    largest_error: "error",
    failure: "failure",
  });
}
