import * as Plot from "@observablehq/plot";
import { list } from "../format.ts";
import {
  curve,
  type Draw,
  decades,
  draw,
  endLabels,
  look,
  nameOf,
  octaves,
  type Series,
  withRange,
} from "./plot-style.ts";
import { aboveFloor, type NormalisedSpectrum } from "./spectra.ts";

const FLOOR_TEXT = "float32's rounding";

/** The part of a spectrum above the floor of the figure. */
function seriesOf(spectrum: NormalisedSpectrum, floor: number): Series {
  const y = aboveFloor({ ...spectrum, floor });
  return { key: spectrum.activation, label: nameOf(spectrum.activation), x: y.map((_, k) => k + 1), y };
}

function floorOf(spectra: readonly NormalisedSpectrum[]): number {
  return Math.max(...spectra.map(({ floor }) => floor));
}

/** Spectra of the monotonic activations, as far as they are above rounding. */
export const figure3a: Draw<readonly NormalisedSpectrum[]> = (spectra, document) => {
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

/** Spectra of sinc and Gaussian, each at several scales, as far as they are above rounding. */
export const figure3b: Draw<readonly NormalisedSpectrum[]> = (spectra, document) => {
  const floor = floorOf(spectra);
  const series = spectra.map((spectrum) => ({ ...seriesOf(spectrum, floor), scale: spectrum.scale }));
  const last = Math.max(...series.map(({ x }) => x.length));
  const scales = [...new Set(series.map(({ scale }) => scale))];
  return {
    title: "The spectrum of sinc is a step at k = ω, that of the Gaussian a slope",
    caption: `Normalised singular values at ω = ${list(scales.map(String))} on [0, 1], the number beside each name. Dashed: k = ω.`,
    svg: draw(document, "Normalised singular values of sinc and Gaussian at several scales", {
      marginRight: 20,
      x: { domain: [0, 1.08 * last], label: "component, k", labelAnchor: "center", labelArrow: "none" },
      y: { ...decades([floor / 300, 1.5], 2), label: "σₖ/σ₁", grid: true, labelArrow: "none" },
      marks: [
        Plot.ruleX(scales, { y1: floor, y2: 1, strokeDasharray: "4 3", strokeOpacity: 0.5 }),
        Plot.ruleY([floor], { strokeDasharray: "1.5 3.5", strokeOpacity: 0.8 }),
        Plot.text([FLOOR_TEXT], { x: [0], y: [floor], dx: 4, dy: -9, textAnchor: "start" }),
        ...series.map(curve),
        ...series.map(({ key, label, scale, x }) =>
          Plot.text([`${label} ${scale}`], {
            x: [x.at(-1) as number],
            y: [floor / (key === "sinc" ? 3.5 : 20)],
            fill: look(key).color,
            fontWeight: 600,
          }),
        ),
      ],
    }),
  };
};
