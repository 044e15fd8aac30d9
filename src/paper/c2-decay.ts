import * as Plot from "@observablehq/plot";
import { fixed, list, title } from "../format.ts";
import { logSlope } from "./measures.ts";
import { type MonotonicSvd, monotonic } from "./monotonic.ts";
import { curve, type Draw, decades, draw, endLabels, octaves, withRange } from "./plot-style.ts";
import { aboveFloor, type NormalisedSpectrum, spectrumOf } from "./spectra.ts";
import { FLOOR_TEXT, floorOf, seriesOf } from "./spectrum-series.ts";
import { type Conclusion, convergenceNote, defineStudy, type StudyContext, verdictOf } from "./study.ts";

const ORDERS = { heaviside: 1, relu: 2, relu2: 3 } as const;
const LIKENESSES = { tanh: "heaviside", gelu: "relu", silu: "relu" } as const;

/**
 * Orders differ by 1. The closed forms fall as (k − ½)^−η, not k^−η, which makes a fit from k = 4 steeper by 2 to 5 % of
 * η. 0.15 allows that, and excludes another order.
 */
const SLOPE_TOLERANCE = 0.15;

/** C2: slopes of the spectra. */
async function checkDecay(
  _: StudyContext,
  { monotonic }: { monotonic: MonotonicSvd },
): Promise<Conclusion<readonly NormalisedSpectrum[]>> {
  const { spectra, samples } = monotonic;
  const to = Math.floor(samples / 4);
  const slopes = new Map(
    spectra.map((spectrum) => {
      const trusted = Math.min(to, aboveFloor(spectrum).length);
      return [spectrum.activation as string, { slope: logSlope(spectrum.ratios, 4, trusted), trusted }];
    }),
  );
  const slopeOf = (activation: string) => slopes.get(activation)?.slope ?? Number.NaN;
  const cut = [...slopes].filter(([, { trusted }]) => trusted < to);
  const quoteSlopes = (names: readonly string[]) => names.map((name) => `${title(name)} ${fixed(slopeOf(name), 2)}`);
  return {
    data: spectra,
    finding: {
      shows: `log–log slopes −1, −2, −3 over k = 4 … N/4, and those of the activations like them, within ${SLOPE_TOLERANCE}`,
      measured:
        `${list(quoteSlopes(Object.keys(ORDERS)))}; ${list(quoteSlopes(Object.keys(LIKENESSES)))}; ` +
        (cut.length > 0
          ? `fitted only above the rounding of float32: ${list(cut.map(([name, { trusted }]) => `${title(name)} to k = ${trusted}`))}`
          : "all above the rounding of float32") +
        convergenceNote(monotonic),
      verdict: verdictOf([
        ...Object.entries(ORDERS).map(([name, order]) => Math.abs(slopeOf(name) + order) <= SLOPE_TOLERANCE),
        ...Object.entries(LIKENESSES).map(([name, kin]) => Math.abs(slopeOf(name) - slopeOf(kin)) <= SLOPE_TOLERANCE),
      ]),
      parameters: `N = M = ${samples}, ω = ${spectrumOf(spectra, "tanh").scale}, ${monotonic.grid}`,
    },
  };
}

/** Spectra of the monotonic activations, as far as they are above rounding. */
const figure3a: Draw<readonly NormalisedSpectrum[]> = (spectra, document) => {
  const samples = spectra[0]?.ratios.length ?? 1;
  const floor = floorOf(spectra);
  const series = spectra.map((spectrum) => seriesOf(spectrum, floor));
  const y = withRange({ ...decades([floor / 5, 1]), label: "σₖ/σ₁", grid: true, labelArrow: "none" });
  return {
    title: "Spectra of monotonic activations fall as powers of k",
    caption:
      `Normalised singular values of the ${samples}×${samples} activation matrices: k⁻¹ for Heaviside, k⁻² for ReLU, k⁻³ for ` +
      "ReLU². tanh follows Heaviside, GELU and SiLU follow ReLU, except at the end, where their own width has an effect.",
    svg: draw(document, "Normalised singular values of six monotonic activations on logarithmic axes", {
      x: { ...octaves([1, samples]), label: "component, k", labelAnchor: "center", labelArrow: "none" },
      y,
      marks: [
        Plot.ruleY([floor], { strokeDasharray: "1.5 3.5", strokeOpacity: 0.8 }),
        Plot.text([FLOOR_TEXT], { x: [1], y: [floor], dx: 4, dy: 10, textAnchor: "start" }),
        ...series.map(curve),
        ...endLabels(series, y),
      ],
    }),
  };
};

export const decay = defineStudy({
  id: "C2",
  name: "decay",
  figure: "3a",
  claim: "σ_k/σ_1 falls as k^−η: Heaviside 1, ReLU 2, ReLU² 3; tanh like Heaviside, GELU and SiLU like ReLU",
  needs: { monotonic },
  measure: checkDecay,
  figures: { "figure-3a": figure3a },
});
