import * as Plot from "@observablehq/plot";
import { formatDecibels } from "../../../src/format.ts";
import type { Drawing } from "../../shared/plot-card.ts";
import { colors, DASHES, frame, indices, plotHeight } from "../../shared/plot-style.ts";
import type { Result } from "../computation.ts";

/** The data, the part of it that the mask keeps, and the part in its first K sines. */
export function drawReconstruction({ basis, y, reconstruction, baseline, components, psnr }: Result): Drawing {
  const at = (signal: ArrayLike<number>) => ({
    x: (i: number) => basis.x[i] as number,
    y: (i: number) => signal[i] as number,
  });
  const rows = indices(y.length);
  const render = (width: number) =>
    Plot.plot({
      ...frame(width, plotHeight(width, 0.46), "The data, the mask's reconstruction, and the sine transform's"),
      x: { domain: [0, 1], label: "x", ticks: 6 },
      y: { label: "y", ticks: 5, grid: true, nice: true },
      marks: [
        Plot.dot(rows, { ...at(y), r: 2.2, fill: colors.data }),
        reconstruction ? Plot.line(rows, { ...at(reconstruction), stroke: colors.mask, strokeWidth: 2 }) : null,
        Plot.line(rows, { ...at(baseline), stroke: colors.dst, strokeWidth: 1.75, strokeDasharray: DASHES }),
      ],
    });
  return {
    render,
    legend: [
      { label: "data", color: colors.data, mark: "dots" },
      reconstruction
        ? { label: `gradient descent's mask, ${formatDecibels(psnr.mask)}`, color: colors.mask, mark: "line" }
        : { label: "mask: grows without bound, α > 2/σ₁²", color: colors.mask, mark: "line" },
      { label: `first ${components} of the DST-VII, ${formatDecibels(psnr.dst)}`, color: colors.dst, mark: "dashes" },
    ],
    table: { x: basis.x, data: y, mask: reconstruction ?? [], dst: baseline },
  };
}
