import * as Plot from "@observablehq/plot";
import { formatNumber } from "../../../src/format.ts";
import type { Drawing } from "../../shared/plot-card.ts";
import { colors, DASHES, frame, indices, logAxis, plotHeight } from "../../shared/plot-style.ts";
import type { Result } from "../computation.ts";

/** σ_k/σ₁ against k on logarithmic axes, with κ, K, and the noise floor of float32. */
export function drawSpectrum({ basis, threshold, kept, components }: Result): Drawing {
  const { singularValues } = basis.svd;
  const first = singularValues[0] as number;
  const floor = basis.noiseFloor / first;
  const kappa = threshold / first;
  const shown = indices(basis.count).filter((k) => (singularValues[k] as number) > 0);
  const relative = (k: number) => (singularValues[k] as number) / first;
  const least = Math.min(relative(shown.at(-1) ?? 0), kappa);
  const floorInSight = least < 100 * floor;
  const bottom = Math.min(floorInSight ? Math.min(least, floor) / 8 : least / 4, 0.01);
  const end = Math.max(2, basis.count);

  const render = (width: number) =>
    Plot.plot({
      ...frame(width, plotHeight(width), "Singular values, relative to the first, against their number"),
      x: logAxis([1, end], "component k"),
      y: logAxis([bottom, 1.6], "σₖ/σ₁", true),
      marks: [
        floorInSight
          ? Plot.rect([0], { x1: 1, x2: end, y1: bottom, y2: floor, fill: colors.data, fillOpacity: 0.16 })
          : null,
        Plot.text([0], {
          x: 1,
          y: bottom,
          text: () => `float32 noise floor${floorInSight ? "" : `:\n${formatNumber(floor, 2)}, below ↓`}`,
          lineAnchor: "bottom",
          dx: 6,
          dy: -5,
          textAnchor: "start",
          fill: colors.quiet,
        }),
        Plot.ruleY([kappa], { stroke: colors.mask, strokeDasharray: DASHES, strokeWidth: 1.5 }),
        Plot.text([0], {
          x: 1,
          y: kappa,
          text: () => `κ = ${formatNumber(kappa)} σ₁`,
          dx: 6,
          dy: -8,
          textAnchor: "start",
          fill: colors.mask,
        }),
        Plot.ruleX([components], { stroke: colors.grid }),
        Plot.text([0], {
          x: components,
          frameAnchor: "top",
          text: () => `K = ${components}, bandwidth ≈ ${components / 2}`,
          textAnchor: components > Math.sqrt(end) ? "end" : "start",
          dy: -14,
          fill: colors.quiet,
        }),
        Plot.dot(shown, {
          x: (k: number) => k + 1,
          y: relative,
          r: 2.6,
          fill: (k: number) => (k < kept ? colors.mask : "none"),
          stroke: (k: number) => (k < kept ? colors.mask : colors.data),
          strokeWidth: 1.3,
        }),
      ],
    });
  return {
    render,
    legend: [
      { label: "σₖ ≥ κ, learnt", color: colors.mask, mark: "dots" },
      { label: "σₖ < κ, not yet", color: colors.data, mark: "rings" },
    ],
    table: {
      k: indices(basis.count).map((k) => k + 1),
      singular_value: singularValues,
      relative: singularValues.map((s) => s / first),
    },
  };
}
