import * as Plot from "@observablehq/plot";
import { brief, list, powerOfTen } from "../format.ts";
import { masks } from "../index.ts";
import { maskCrossing, maxDifference } from "./measures.ts";
import { type Draw, decades, draw } from "./plot-style.ts";
import { type Conclusion, defineStudy, lend, type StudyContext, verdictOf } from "./study.ts";

/** m(s) of gradient descent at α = 1/σ_1², σ_1 = 1. */
interface MaskCurve {
  readonly iterations: number;
  readonly mask: readonly number[];
  /** ρ = σ_1/κ, where the mask has fallen to 1 − 1/e. */
  readonly window: number;
}

export interface WindowData {
  /** s/σ_1, descending. */
  readonly s: readonly number[];
  /** The mask as `shrink` applies it. */
  readonly masks: readonly MaskCurve[];
  /** The result of gradient descent itself for the same signal. */
  readonly descents: readonly MaskCurve[];
}

const PER_DECADE = 16;
const DECADES = 4;
const ITERATIONS = [1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
/** Descent itself is run up to this many steps; more would take longer than all other claims. */
const DESCENDED = 1e3;

/** The discrete steps of gradient descent widen the window √q of gradient flow by 1/(4q) of it: 2.5 % at q = 10. */
const WIDTH_TOLERANCE = 0.03;
/** A few roundings of float32 in U·(m ∘ Uᵀy), by which a flat mask may rise. */
const ROUNDING = 2 ** -21;
/** A few roundings of float32 in each of up to 1000 steps. */
const DESCENT_TOLERANCE = 1e-4;

/** C1: with a diagonal A and y = 1, the prediction is the mask m(s) itself. */
async function checkWindow({ engine, signal, report }: StudyContext): Promise<Conclusion<WindowData>> {
  const count = PER_DECADE * DECADES + 1;
  const s = Array.from({ length: count }, (_, i) => 10 ** (-i / PER_DECADE));
  const y = new Float64Array(count).fill(1);
  const diagonal = new Float64Array(count * count);
  s.forEach((value, i) => {
    diagonal[i * count + i] = value;
  });
  const curve = (iterations: number, prediction: ArrayLike<number>): MaskCurve => {
    const mask = Array.from(prediction);
    return { iterations, mask, window: 1 / maskCrossing(s, mask, 1 - 1 / Math.E) };
  };

  const given = engine.matrix({ data: diagonal, rows: count, cols: count });
  const data = await lend(given, async (matrix): Promise<WindowData> => {
    const shrunk = await lend(engine.svd(matrix, { signal }), async (svd) => {
      const curves: MaskCurve[] = [];
      for (const iterations of ITERATIONS) {
        const mask = masks.gradientDescent({ learningRate: 1, iterations });
        curves.push(curve(iterations, (await engine.shrink(svd, y, mask, { signal })).prediction));
      }
      return curves;
    });
    const descents: MaskCurve[] = [];
    for (const iterations of ITERATIONS.filter((q) => q <= DESCENDED)) {
      report(descents.length / 3);
      const run = await engine.descend(matrix, y, { learningRate: 1, iterations, signal });
      descents.push(curve(iterations, run.prediction));
    }
    return { s, masks: shrunk, descents };
  });

  const widths = data.masks.map(({ iterations, window }) => window / Math.sqrt(iterations));
  const fall = (m: MaskCurve) => 20 * Math.log10(maskCrossing(s, m.mask, 0.99) / maskCrossing(s, m.mask, 0.01));
  const apart = Math.max(...data.descents.map(({ mask }, i) => maxDifference(mask, data.masks[i]?.mask ?? [])));
  const falling = data.masks.every(({ mask }) =>
    mask.every((m, i) => i === 0 || m <= (mask[i - 1] as number) + ROUNDING),
  );
  return {
    data,
    finding: {
      shows: `ρ = σ_1/κ at m(κ) = 1 − 1/e, over √q: 1 within ${WIDTH_TOLERANCE}, q = 10 … 10⁶`,
      measured:
        `ρ/√q = ${list(widths.map((width) => width.toFixed(3)))}; descent itself differs from the mask by at most ` +
        `${brief(apart)} (q ≤ ${powerOfTen(3)}); the fall from 0.99 to 0.01 takes ` +
        `${fall(data.masks[2] as MaskCurve).toFixed(1)} dB of s at q = ${powerOfTen(3)}, more than the paper's "about 20 dB"`,
      verdict: verdictOf([
        falling && widths.every((width) => Math.abs(width - 1) <= WIDTH_TOLERANCE) && apart <= DESCENT_TOLERANCE,
      ]),
      parameters: `A diagonal, ${count} values of s from 1 to ${powerOfTen(-DECADES)}; y = 1; α = 1/σ_1²`,
    },
  };
}

const OPEN = 1 - 1 / Math.E;

/** Masks of gradient descent over s/σ_1: the lines are those that `shrink` applies, the dots are from descent itself. */
const figure2: Draw<WindowData> = ({ s, masks, descents }, document) => ({
  title: "The mask of gradient descent is a window of width √q",
  caption:
    "The factor m(s) by which q steps of gradient descent at α = 1/σ₁² scale the component of singular value s. It has " +
    "fallen to 1 − 1/e at s = σ₁/√q (dashed). Lines: the mask as the engine applies it. Dots: gradient descent itself.",
  svg: draw(document, "Masks of gradient descent over the singular value, for 10 to a million iterations", {
    marginRight: 20,
    x: {
      ...decades([1e-4, 1]),
      reverse: true,
      label: "singular value, s/σ₁",
      labelAnchor: "center",
      labelArrow: "none",
    },
    y: { domain: [0, 1], label: "mask, m(s)", ticks: 5, grid: true, labelArrow: "none" },
    marks: [
      Plot.ruleY([OPEN], { strokeDasharray: "4 3", strokeOpacity: 0.7 }),
      Plot.text(["1 − 1/e"], { x: [1e-4], y: [OPEN], dy: -8, textAnchor: "end" }),
      ...masks.map(({ mask }) =>
        Plot.line(s, { x: s as number[], y: mask as number[], stroke: "#3a7fd5", strokeWidth: 2, curve: "monotone-x" }),
      ),
      ...descents.map(({ mask }) => Plot.dot(s, { x: s as number[], y: mask as number[], fill: "#d0691f", r: 2.4 })),
      ...masks.map(({ iterations, window }) => [
        Plot.ruleX([1 / window], { y1: 0, y2: OPEN, strokeDasharray: "4 3", strokeOpacity: 0.45 }),
        Plot.text([`q = ${powerOfTen(Math.round(Math.log10(iterations)))}`], {
          x: [1 / window],
          y: [OPEN],
          dx: 7,
          dy: -8,
          textAnchor: "start",
          fontWeight: 600,
        }),
      ]),
    ],
  }),
});

export const window = defineStudy({
  id: "C1",
  name: "window",
  figure: "2",
  claim: "The mask of gradient descent is a low-pass window over the components, of width √q in σ_1/s",
  stage: { title: "the window of the mask", share: 0.4 },
  measure: checkWindow,
  figures: { "figure-2": figure2 },
});
