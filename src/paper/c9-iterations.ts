import * as Plot from "@observablehq/plot";
import { brief, list, title } from "../format.ts";
import type { ActivationName } from "../index.ts";
import { type MonotonicSvd, monotonic } from "./monotonic.ts";
import { curve, type Draw, decades, draw, endLabels, nameOf, octaves, withRange } from "./plot-style.ts";
import { aboveFloor, spectrumOf } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, type StudyContext, verdictOf } from "./study.ts";

const COMPONENTS = 32;
/** "About" 10³ and "almost" 10⁶: the same order of magnitude, within half a decade. */
const DECADES = 0.5;
const CLAIMED = { relu: 3, gelu: 3, silu: 3, relu2: 6 } as const;

export interface IterationCurve {
  readonly activation: ActivationName;
  /** q_K = (σ_1/σ_K)² for K = 1, 2, …, as far as σ_K is above the rounding of float32. */
  readonly iterations: readonly number[];
}

/** C9: iterations that keep K components. */
async function checkIterations(
  _: StudyContext,
  { monotonic }: { monotonic: MonotonicSvd },
): Promise<Conclusion<readonly IterationCurve[]>> {
  const { spectra, samples } = monotonic;
  const curves = spectra.map((spectrum) => ({
    activation: spectrum.activation,
    iterations: aboveFloor(spectrum).map((ratio) => ratio ** -2),
  }));
  const countsOf = (activation: ActivationName) =>
    curves.find((curve) => curve.activation === activation)?.iterations ?? [];
  const ratio = (activation: ActivationName, to: ActivationName) =>
    (countsOf(activation)[COMPONENTS - 1] ?? Number.NaN) / (countsOf(to)[COMPONENTS - 1] ?? Number.NaN);
  const claimed = Object.entries(CLAIMED) as [ActivationName, number][];
  const asClaimed = (to: ActivationName) =>
    claimed.map(([activation, decades]) => Math.abs(Math.log10(ratio(activation, to)) - decades) <= DECADES);
  const ratios = (to: ActivationName) =>
    `${list(claimed.map(([activation]) => `${title(activation)} ${brief(ratio(activation, to))}`))} times those of ${title(to)}`;

  const passed = countsOf("relu").findIndex((q, k) => q / (countsOf("heaviside")[k] ?? Number.NaN) >= 1e3) + 1;
  const cut = curves.filter(({ iterations }) => iterations.length < samples);
  return {
    data: curves,
    finding: {
      shows: `q_K = (σ_1/σ_K)² and its ratios at K = ${COMPONENTS}, within half a decade of 10³ and 10⁶`,
      measured:
        `at K = ${COMPONENTS}: ${ratios("heaviside")}; ${ratios("tanh")}. Heaviside needs ` +
        `${brief(countsOf("heaviside")[COMPONENTS - 1] ?? Number.NaN)}. The ratios are not bounded: that of ReLU grows as K², ` +
        `and exceeds 10³ at K = ${passed}` +
        (cut.length > 0
          ? `. Cut off where the rounding of float32 begins: ${list(cut.map(({ activation, iterations }) => `${title(activation)} after K = ${iterations.length}`))}`
          : "") +
        convergenceNote(monotonic),
      verdict: verdictOf([...asClaimed("heaviside"), ...asClaimed("tanh")]),
      parameters: `N = M = ${samples}, α = 1/σ_1², ω = ${spectrumOf(spectra, "tanh").scale}, ${monotonic.grid}`,
    },
  };
}

/** Iterations to keep K components at α = 1/σ_1². */
const figure8: Draw<readonly IterationCurve[]> = (curves, document) => {
  const series = curves.map(({ activation, iterations }) => ({
    key: activation,
    label: nameOf(activation),
    x: iterations.map((_, k) => k + 1),
    y: iterations,
  }));
  const last = Math.max(...series.map(({ x }) => x.length));
  const highest = Math.max(...series.flatMap(({ y }) => y));
  const y = withRange({
    ...decades([1, 10 ** Math.ceil(Math.log10(highest))], 2),
    label: "iterations, q",
    grid: true,
    labelArrow: "none",
  });
  return {
    title: "Iterations to keep K components",
    caption:
      "q_K = (σ₁/σ_K)² at the iteration-efficient rate α = 1/σ₁², as far as σ_K is above the rounding of float32. Dashed: K = 32.",
    svg: draw(document, "Iterations of gradient descent needed to keep K components, for six activations", {
      x: { ...octaves([1, last]), label: "components to keep, K", labelAnchor: "center", labelArrow: "none" },
      y,
      marks: [
        Plot.ruleX([32], { strokeDasharray: "4 3", strokeOpacity: 0.5 }),
        ...series.map(curve),
        ...endLabels(series, y),
      ],
    }),
  };
};

export const iterations = defineStudy({
  id: "C9",
  name: "iterations",
  figure: "8",
  claim:
    "To keep K components ReLU, GELU and SiLU need up to about 10³ times the iterations of Heaviside and tanh, ReLU² almost 10⁶",
  needs: { monotonic },
  measure: checkIterations,
  figures: { "figure-8": figure8 },
});
