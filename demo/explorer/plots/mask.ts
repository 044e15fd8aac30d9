import * as Plot from "@observablehq/plot";
import { formatNumber } from "../../../src/format.ts";
import type { Drawing } from "../../shared/plot-card.ts";
import { colors, DASHES, DOTS, frame, indices, logAxis, plotHeight } from "../../shared/plot-style.ts";
import type { Result } from "../computation.ts";

const CURVE_POINTS = 240;
/** The mask exceeds 1 where αs² > 1, up to 2 at the limit of stability. Beyond these values the plot clips it. */
const LOWEST = -0.15;
const HIGHEST = 2.15;

/** m(s) by the formula at q, and at the run's present step by the formula and as measured in the run's output. */
export function drawMask(result: Result, run: { readonly step: number; readonly output: Float32Array }): Drawing {
  const { basis, prediction, iterations, threshold, state } = result;
  const { singularValues } = basis.svd;
  const first = singularValues[0] as number;
  const kappa = threshold / first;
  const last = (singularValues.at(-1) as number) / first;
  const least = Math.min(kappa / 3, Math.max(basis.noiseFloor / first / 3, last));
  const points = indices(CURVE_POINTS).map((i) => least ** (1 - i / (CURVE_POINTS - 1)));

  const atTarget = prediction.mask(iterations);
  const atStep = prediction.mask(run.step);
  const measured = run.step > 0 ? prediction.measure(run.output) : new Float64Array(basis.count).fill(Number.NaN);
  const clip = (value: number) => Math.min(HIGHEST, Math.max(LOWEST, value));
  const overshoots = state.rate > 1;
  const visible = indices(basis.count).filter(
    (k) => Number.isFinite(measured[k]) && (singularValues[k] as number) / first >= least,
  );

  const render = (width: number) =>
    Plot.plot({
      ...frame(width, plotHeight(width), "The mask against the singular value: formula, and measured in the run"),
      x: logAxis([least, 1.15], "s/σ₁"),
      y: {
        domain: [overshoots ? LOWEST : -0.05, overshoots ? HIGHEST : 1.08],
        label: "m(s)",
        ticks: 5,
        grid: true,
      },
      marks: [
        Plot.ruleX([kappa], { stroke: colors.mask, strokeDasharray: DASHES }),
        Plot.text([0], {
          x: kappa,
          frameAnchor: "top",
          text: () => "κ",
          dy: -14,
          fill: colors.mask,
          fontSize: 12,
        }),
        Plot.dot([0], { x: kappa, y: 1 - 1 / Math.E, r: 3.5, fill: colors.mask }),
        Plot.text([0], {
          x: kappa,
          y: 1 - 1 / Math.E,
          text: () => "1 − 1/e",
          dx: 9,
          dy: 4,
          textAnchor: "start",
          fill: colors.quiet,
        }),
        Plot.line(points, {
          x: (s: number) => s,
          y: (s: number) => clip(atTarget(s * first)),
          stroke: colors.mask,
          strokeWidth: 2,
        }),
        run.step > 0
          ? Plot.line(points, {
              x: (s: number) => s,
              y: (s: number) => clip(atStep(s * first)),
              stroke: colors.descent,
              strokeDasharray: DOTS,
              strokeLinecap: "round",
              strokeWidth: 2,
            })
          : null,
        Plot.dot(visible, {
          x: (k: number) => (singularValues[k] as number) / first,
          y: (k: number) => clip(measured[k] as number),
          r: 3,
          stroke: colors.descent,
          strokeWidth: 1.5,
        }),
      ],
    });
  return {
    render,
    legend: [
      { label: `formula, q = ${formatNumber(iterations)}`, color: colors.mask, mark: "line" },
      ...(run.step > 0
        ? [
            { label: `formula at step ${formatNumber(run.step)}`, color: colors.descent, mark: "dashes" } as const,
            { label: `measured at step ${formatNumber(run.step)}`, color: colors.descent, mark: "rings" } as const,
          ]
        : []),
    ],
    table: {
      k: indices(basis.count).map((k) => k + 1),
      singular_value: singularValues,
      formula_at_q: singularValues.map(atTarget),
      [`formula_at_step_${run.step}`]: singularValues.map(atStep),
      [`measured_at_step_${run.step}`]: Array.from(measured, (value) => (Number.isNaN(value) ? "" : value)),
    },
  };
}
