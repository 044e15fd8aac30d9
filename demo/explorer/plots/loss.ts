import * as Plot from "@observablehq/plot";
import { formatNumber } from "../../../src/format.ts";
import type { Drawing } from "../../shared/plot-card.ts";
import { BROAD, colors, frame, indices, logAxis, plotHeight, SPARSE_DASHES } from "../../shared/plot-style.ts";
import type { DescentPlayer } from "../player.ts";

const CURVE_POINTS = 120;

/** The loss at each recorded step from 1 on, and the mask's prediction up to q. */
export function drawLoss({ result, steps, losses, target, step }: DescentPlayer): Drawing {
  const { prediction, stable } = result;
  const end = Math.max(target, step, 10);
  const at = [...new Set(indices(CURVE_POINTS).map((i) => Math.round(end ** (i / (CURVE_POINTS - 1)))))];
  const predicted = at.map((q) => prediction.loss(q));
  const begin = prediction.loss(0);
  const drawn = steps.map((q, i) => ({ q, loss: losses[i] as number })).filter(({ q, loss }) => q > 0 && loss > 0);
  const finite = [begin, ...(stable ? predicted : []), ...drawn.map(({ loss }) => loss)].filter(
    (loss) => Number.isFinite(loss) && loss > 0,
  );
  const top = Math.max(...finite) * 1.5;
  const domain = [Math.min(Math.min(...finite) / 1.5, top / 30), top] as const;
  // Where the rate is too high, the prediction leaves the plot and does not return.
  const left = predicted.findIndex((loss) => !(loss <= top));
  const within = indices(left < 0 ? at.length : left);

  const render = (width: number) =>
    Plot.plot({
      ...frame(width, plotHeight(width), "Loss against the step of gradient descent, both logarithmic"),
      x: logAxis([1, end], "step"),
      y: logAxis(domain, "mean squared residual", true),
      marks: [
        Plot.ruleX([target], { stroke: colors.grid }),
        Plot.text([0], {
          x: target,
          frameAnchor: "top",
          text: () => `q = ${formatNumber(target)}`,
          textAnchor: "end",
          dy: -14,
          fill: colors.quiet,
        }),
        Plot.line(drawn, { x: "q", y: "loss", stroke: colors.descent, strokeWidth: BROAD }),
        Plot.line(within, {
          x: (i: number) => at[i] as number,
          y: (i: number) => predicted[i] as number,
          stroke: colors.mask,
          strokeWidth: 2,
          strokeDasharray: SPARSE_DASHES,
        }),
        Plot.dot(drawn.slice(-1), { x: "q", y: "loss", r: 4, fill: colors.descent }),
      ],
    });
  return {
    render,
    legend: [
      { label: "the mask's prediction", color: colors.mask, mark: "dashes" },
      { label: "gradient descent", color: colors.descent, mark: "line" },
    ],
    table: { step: steps, loss: losses, predicted: steps.map((q) => prediction.loss(q)) },
  };
}
