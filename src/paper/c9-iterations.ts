import * as Plot from "@observablehq/plot";
import { brief, fixed, list, title } from "../format.ts";
import type { ActivationName } from "../index.ts";
import { logSlope } from "./measures.ts";
import { type MonotonicSvd, monotonic } from "./monotonic.ts";
import { curve, type Draw, decades, draw, endLabels, nameOf, octaves, withRange } from "./plot-style.ts";
import { aboveFloor, measureSpectra, offsetGrid, spectrumOf } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, type StudyContext, verdictOf } from "./study.ts";

const COMPONENTS = 32;
/** With a smaller K the ratios are not powers yet. */
const FIRST = 4;
/** "About" 10³ and "almost" 10⁶: the same order of magnitude, within half a decade. */
const DECADES = 0.5;
const CLAIMED = { relu: 3, gelu: 3, silu: 3, relu2: 6 } as const;

/** ω of tanh as a multiple of N. */
const SCALES = [1 / 4, 1 / 2, 1, 2, 4, 16] as const;

export interface IterationCurve {
  readonly activation: ActivationName;
  /** q_K = (σ_1/σ_K)² for K = 1, 2, …, as far as σ_K is above the rounding of float32. */
  readonly iterations: readonly number[];
}

/** The iterations of ReLU at COMPONENTS over those of tanh, with ω at SCALES times N. */
async function measureScales(context: StudyContext): Promise<{ samples: number; ratios: number[] }> {
  // Takes a quarter of the time of 256 samples, and shows the same.
  const samples = Math.min(context.row.length, 128);
  const members = [
    { activation: "relu", scale: samples } as const,
    ...SCALES.map((part) => ({ activation: "tanh", scale: part * samples }) as const),
  ];
  const { spectra } = await measureSpectra(context, members, offsetGrid(samples));
  const [relu, ...tanh] = spectra.map(({ ratios }) => ratios[COMPONENTS - 1] as number);
  return { samples, ratios: tanh.map((ratio) => (ratio / (relu as number)) ** 2) };
}

/** C9: iterations that keep K components. */
async function checkIterations(
  context: StudyContext,
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
  // The K from 2 on at which every ratio is within half a decade of what is claimed.
  const rangeOf = (to: ActivationName) => {
    const holds = (k: number) =>
      claimed.every(([activation, decades]) => {
        const ratio = (countsOf(activation)[k - 1] ?? Number.NaN) / (countsOf(to)[k - 1] ?? Number.NaN);
        return Math.abs(Math.log10(ratio) - decades) <= DECADES;
      });
    const held = Array.from({ length: samples - 1 }, (_, i) => i + 2).filter(holds);
    return held.length > 0 ? `K = ${held[0]} … ${held.at(-1)}` : "no K";
  };
  const growth = (activation: ActivationName) => {
    const ratios = countsOf(activation).map((count, k) => count / (countsOf("heaviside")[k] ?? Number.NaN));
    return fixed(logSlope(ratios, FIRST, COMPONENTS), 1);
  };
  const scales = await measureScales(context);
  const cut = curves.filter(({ iterations }) => iterations.length < samples);
  return {
    data: curves,
    finding: {
      shows: `q_K = (σ_1/σ_K)² and its ratios at K = ${COMPONENTS}, within half a decade of 10³ and 10⁶`,
      measured:
        `at K = ${COMPONENTS}: ${ratios("heaviside")}; ${ratios("tanh")}. The ratios to Heaviside grow without bound, as ` +
        `K^${growth("relu")} for ReLU and K^${growth("relu2")} for ReLU² over K = ${FIRST} … ${COMPONENTS}; that of ReLU is ` +
        `above 10³ from K = ${passed} on${convergenceNote(monotonic)}`,
      verdict: verdictOf([...asClaimed("heaviside"), ...asClaimed("tanh")]),
      region:
        `about 10³ and 10⁶ describe ${rangeOf("heaviside")} against Heaviside, ${rangeOf("tanh")} against tanh at ω = N; ` +
        "below, the ratios are smaller, and above they grow without bound",
      parameters:
        `N = M = ${samples}, α = 1/σ_1², ω = ${spectrumOf(spectra, "tanh").scale}, ${monotonic.grid}` +
        (cut.length > 0
          ? `; above the rounding of float32: ${list(cut.map(({ activation, iterations }) => `${title(activation)} to K = ${iterations.length}`))}`
          : "") +
        `. tanh nears Heaviside as ω grows: at N = ${scales.samples}, ω = ${SCALES.map(String).join(", ")} times N, ReLU needs ` +
        `${list(scales.ratios.map(brief))} times its iterations`,
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
  stage: { title: "iterations to keep K components", share: 1.4 },
  needs: { monotonic },
  measure: checkIterations,
  figures: { "figure-8": figure8 },
});
