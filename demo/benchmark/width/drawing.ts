import { superscript } from "../../../src/format.ts";
import type { LegendEntry } from "../../shared/legend.ts";
import type { Drawing } from "../../shared/plot-card.ts";
import { colors } from "../../shared/plot-style.ts";
import { drawTimes } from "../plot.ts";
import { type Form, widthComparison } from "./forms.ts";
import type { WidthReport } from "./report.ts";

const styles: Readonly<Record<Form, Pick<LegendEntry, "color" | "mark">>> = {
  stored: { color: colors.data, mark: "line" },
  generated: { color: colors.descent, mark: "dashes" },
  scan: { color: colors.mask, mark: "line" },
};
const panel = "1 right-hand side";

/** A line a form over n, one panel. */
export function widthDrawing({ adapter, measurements }: WidthReport): Drawing {
  const timed = measurements.flatMap((one) => ("median" in one ? [one] : []));
  const series = widthComparison.libraries.flatMap(({ name }) => {
    const points = timed
      .filter(({ form }) => form === name)
      .map(({ n, minimum, median }) => ({ panel, size: n, minimum, median }));
    return points.length > 0 ? [{ points, label: name, ...styles[name] }] : [];
  });
  const render = drawTimes({
    label: "Time of a step of gradient descent against n by form of the operator, both axes logarithmic",
    series,
    panels: [panel],
    size: { name: "n", ticks: [...new Set(timed.map(({ n }) => n))], format: powerOfTwo },
  });
  const column = (name: string) =>
    measurements.map((one) => (one as Readonly<Record<string, number | string>>)[name] ?? "");
  const table = {
    form: column("form"),
    n: column("n"),
    minimum_ms: column("minimum"),
    median_ms: column("median"),
    runs: column("runs"),
    steps: column("steps"),
    largest_error: column("error"),
    failure: column("failure"),
    adapter: measurements.map(() => adapter),
  };
  return { render, legend: series, table };
}

function powerOfTwo(n: number): string {
  return `2${superscript(Math.log2(n))}`;
}
