import * as Plot from "@observablehq/plot";
import { brief, list } from "../format.ts";
import { iterationsFor, masks } from "../index.ts";
import { columnOf, maxDifference } from "./measures.ts";
import { type MonotonicSvd, monotonic } from "./monotonic.ts";
import { type Draw, draw, look } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, defineStudy, lend, type StudyContext, verdictOf } from "./study.ts";

const ACTIVATION = "heaviside" as const;
const COMPONENTS = [4, 16] as const;
const SHOWN = 32;

/** Every step rounds w and the residual to float32; see C12. Products with U err by a few roundings more. */
const bound = (iterations: number) => (iterations + 16) * 2 ** -24;

/** Gradient descent that is stopped for K components. */
export interface StoppedDescent {
  readonly components: number;
  readonly iterations: number;
  /** m(σ_k) for the components shown. */
  readonly mask: readonly number[];
  /** U (m ∘ Uᵀy). */
  readonly prediction: readonly number[];
  /** max|ŷ of descent − that prediction|/‖y‖. */
  readonly apart: number;
}

export interface OverviewData {
  readonly y: readonly number[];
  /** Uᵀy of the first components. */
  readonly coefficients: readonly number[];
  readonly runs: readonly StoppedDescent[];
}

/** C0, the whole of the paper on one signal: y, its components, the mask of q steps, and the fit. */
async function checkOverview(
  { engine, row, signal }: StudyContext,
  { monotonic: { spectra, U, samples, coefficients, grid } }: { monotonic: MonotonicSvd },
): Promise<Conclusion<OverviewData>> {
  const member = spectra.findIndex(({ activation }) => activation === ACTIVATION);
  const { ratios } = spectra[member] as MonotonicSvd["spectra"][number];
  const own = coefficients[member] as readonly number[];
  const y = Array.from(row);
  const { x, b } = offsetGrid(samples);
  // σ_1 of the triangular matrix of ones.
  const learningRate = (2 * Math.sin(Math.PI / (4 * samples + 2))) ** 2;

  const runs = await lend(engine.activationMatrix({ activation: ACTIVATION, scale: samples, x, b }), async (matrix) => {
    const runs: StoppedDescent[] = [];
    for (const components of COMPONENTS) {
      const iterations = iterationsFor({ singularValues: ratios, components });
      const mask = ratios.map(masks.gradientDescent({ learningRate: 1, iterations }));
      const prediction = y.map(() => 0);
      for (const [k, factor] of mask.entries()) {
        const u = columnOf(U, { rows: samples, cols: samples }, k, member);
        u.forEach((value, n) => {
          prediction[n] = (prediction[n] as number) + factor * (own[k] as number) * value;
        });
      }
      const run = await engine.descend(matrix, y, { learningRate, iterations, signal });
      const apart = maxDifference(run.prediction, prediction) / Math.hypot(...y);
      runs.push({ components, iterations, mask: mask.slice(0, SHOWN), prediction, apart });
    }
    return runs;
  });
  return {
    data: { y, coefficients: own.slice(0, SHOWN), runs },
    finding: {
      shows: "max|ŷ of q steps − U (m ∘ Uᵀy)|/‖y‖ for q = (σ_1/σ_K)², at most (q + 16)·2⁻²⁴",
      measured: list(
        runs.map(({ components, iterations, apart }) => `K = ${components}, q = ${iterations}: ${brief(apart)}`),
      ),
      verdict: verdictOf(runs.map(({ iterations, apart }) => apart <= bound(iterations))),
      parameters: `Heaviside, N = M = ${samples}, K = ${list(COMPONENTS.map(String))}, α = 1/σ_1², ${grid}`,
    },
  };
}

/** Four panels for each K: the signal, its components, the mask, the fit. */
const figure1: Draw<OverviewData> = ({ y, coefficients, runs }, document) => {
  const columns = ["signal, y", "components, |Uᵀy|", "mask, m(σₖ)", "fit, ŷ = U (m ∘ Uᵀy)"] as const;
  const { color } = look(ACTIVATION);
  const positions = y.map((_, n) => (n + 0.5) / y.length);
  const places = coefficients.map((_, k) => (k + 0.5) / coefficients.length);
  const largest = Math.max(...coefficients.map(Math.abs));
  const sizes = coefficients.map((value) => Math.abs(value) / largest);
  const panels = runs.flatMap(({ components, mask, prediction }) => {
    const at = (column: number, points: readonly number[]) => ({
      fx: points.map(() => columns[column]),
      fy: points.map(() => components),
      x: points as number[],
    });
    return [
      Plot.line(positions, { ...at(0, positions), y: y as number[], strokeWidth: 1.6 }),
      Plot.ruleX(places, { ...at(1, places), y1: 0, y2: sizes, stroke: color, strokeWidth: 2.4 }),
      Plot.line(places, { ...at(2, places), y: mask as number[], stroke: color, strokeWidth: 2 }),
      Plot.line(positions, { ...at(3, positions), y: y as number[], strokeWidth: 4, strokeOpacity: 0.25 }),
      Plot.line(positions, { ...at(3, positions), y: prediction as number[], stroke: color, strokeWidth: 1.8 }),
    ];
  });
  return {
    title: "Gradient descent that is stopped is a window on the principal components",
    caption:
      "A row of a photograph; the size of its components along the left singular vectors of a Heaviside network; the factor " +
      `by which q steps of gradient descent scale each; and the fit. Above: q = ${runs[0]?.iterations}, which keeps ` +
      `${runs[0]?.components} components. Below: q = ${runs[1]?.iterations}, which keeps ${runs[1]?.components}. Grey: the signal.`,
    svg: draw(document, "A signal, its principal components, the mask of gradient descent and the fit, for two K", {
      height: 314,
      marginLeft: 52,
      marginRight: 10,
      marginTop: 34,
      marginBottom: 30,
      fx: { domain: columns, axis: null, padding: 0.1 },
      fy: { domain: runs.map(({ components }) => components), axis: null, padding: 0.16 },
      x: { domain: [0, 1], axis: null },
      y: { domain: [-0.05, 1.05], axis: null },
      marks: [
        Plot.ruleY([0], { strokeOpacity: 0.25 }),
        ...columns.map((column) =>
          Plot.text([column], {
            fx: [column],
            fy: [runs[0]?.components],
            frameAnchor: "top",
            dy: -20,
            fontWeight: 600,
          }),
        ),
        ...columns.map((column, i) =>
          Plot.text([i === 0 || i === 3 ? "x" : "k"], {
            fx: [column],
            fy: [runs.at(-1)?.components],
            frameAnchor: "bottom",
            dy: 16,
          }),
        ),
        ...runs.map(({ components }) =>
          Plot.text([`K = ${components}`], {
            fx: [columns[0]],
            fy: [components],
            frameAnchor: "left",
            dx: -8,
            textAnchor: "end",
          }),
        ),
        ...panels,
      ],
    }),
  };
};

export const overview = defineStudy({
  id: "C0",
  name: "overview",
  figure: "1",
  claim: "Gradient descent that is stopped after q steps is a shrinkage operator on the principal components",
  stage: { title: "a fit and its components", share: 1 },
  needs: { monotonic },
  measure: checkOverview,
  figures: { "figure-1": figure1 },
});
