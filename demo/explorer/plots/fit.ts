import * as Plot from "@observablehq/plot";
import { formatNumber } from "../../../src/format.ts";
import type { Drawing } from "../../shared/plot-card.ts";
import { BROAD, colors, frame, indices, plotHeight, SPARSE_DASHES } from "../../shared/plot-style.ts";
import type { DescentPlayer } from "../player.ts";

/** The output of the run at its present step, and the mask's prediction for that step. */
export function drawFit({ result, step, output, status }: DescentPlayer): Drawing {
  const { basis, y, prediction } = result;
  const predicted = prediction.signal(step);
  const rows = indices(y.length);
  const spread = Math.max(...y) - Math.min(...y) || 1;
  const domain = [Math.min(0, ...y) - 0.1 * spread, Math.max(...y) + 0.1 * spread];
  const at = (signal: ArrayLike<number>) => ({
    x: (i: number) => basis.x[i] as number,
    y: (i: number) => signal[i] as number,
  });

  const render = (width: number) =>
    Plot.plot({
      ...frame(width, plotHeight(width), "The network's output after the steps done, beside the mask's prediction"),
      x: { domain: [0, 1], label: "x", ticks: 6 },
      y: { domain, label: "y", ticks: 5, grid: true },
      marks: [
        Plot.dot(rows, { ...at(y), r: 2.2, fill: colors.data }),
        Plot.line(rows, { ...at(output), stroke: colors.descent, strokeWidth: BROAD, clip: true }),
        status === "diverged"
          ? null
          : Plot.line(rows, {
              ...at(predicted),
              stroke: colors.mask,
              strokeWidth: 2,
              strokeDasharray: SPARSE_DASHES,
              clip: true,
            }),
      ],
    });
  return {
    render,
    legend: [
      { label: "data", color: colors.data, mark: "dots" },
      { label: `gradient descent, step ${formatNumber(step)}`, color: colors.descent, mark: "line" },
      { label: "mask at that step", color: colors.mask, mark: "dashes" },
    ],
    table: { x: basis.x, data: y, descent: output, mask: predicted },
  };
}
