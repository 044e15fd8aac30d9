import * as Plot from "@observablehq/plot";
import { list } from "../format.ts";
import { curve, type Draw, decades, draw, look } from "./plot-style.ts";
import { aboveFloor, measureSpectra, type NormalisedSpectrum, offsetGrid } from "./spectra.ts";
import { FLOOR_TEXT, floorOf, seriesOf } from "./spectrum-series.ts";
import { type Conclusion, convergenceNote, defineStudy, type StudyContext, verdictOf } from "./study.ts";

/**
 * The step of the spectrum lies at k = ω·extent, the 2NW of Slepian's prolate sequences, to a fraction of a component. A count
 * is an integer.
 */
const STEP_TOLERANCE = 1;
/** Decades per octave: "gently" is less than k⁻¹, as Heaviside falls, and "fast" more than k⁻³, as ReLU² falls. */
const GENTLE = Math.log10(2);
const FAST = 3 * Math.log10(2);

/** "Drops": from ½ to 10⁻³, which is far above the noise of float32, in less than half an octave at the widest band. */
const DROPPED = 1e-3;

/** The last k with σ_k/σ_1 ≥ `level`. */
function countAtLeast({ ratios }: NormalisedSpectrum, level: number): number {
  const below = ratios.findIndex((ratio) => ratio < level);
  return below < 0 ? ratios.length : below;
}

function halfPoint(spectrum: NormalisedSpectrum): number {
  return countAtLeast(spectrum, 0.5);
}

/** log10(σ_k/σ_2k). */
function decadesPerOctave({ ratios }: NormalisedSpectrum, k: number): number {
  return Math.log10((ratios[k - 1] as number) / (ratios[2 * k - 1] as number));
}

/** C3: where the spectrum of sinc steps down, and how that of the Gaussian bends. */
async function checkBandwidth(context: StudyContext): Promise<Conclusion<readonly NormalisedSpectrum[]>> {
  const samples = context.row.length;
  const grid = offsetGrid(samples);
  const scales = [16, 8, 4].map((part) => Math.floor(samples / part));
  const members = (["sinc", "gaussian"] as const).flatMap((activation) =>
    scales.map((scale) => ({ activation, scale })),
  );
  const { spectra, ...svd } = await measureSpectra(context, members, grid);
  const sinc = spectra.filter(({ activation }) => activation === "sinc");
  const gaussian = spectra.filter(({ activation }) => activation === "gaussian");

  const steps = sinc.map((spectrum) => ({
    half: halfPoint(spectrum),
    plunge: countAtLeast(spectrum, DROPPED) - halfPoint(spectrum),
    scale: spectrum.scale,
  }));
  const octaves = gaussian.map((spectrum) => {
    const { length } = aboveFloor(spectrum);
    const starts = [1 / 8, 1 / 4, 1 / 2].map((part) => Math.floor(spectrum.scale * part));
    return starts.filter((k) => k >= 1 && 2 * k <= length).map((k) => decadesPerOctave(spectrum, k));
  });
  const widest = octaves.at(-1) ?? [];
  const { plunge: drop = Number.NaN, scale: widestScale = 0 } = steps.at(-1) ?? {};
  return {
    data: spectra,
    finding: {
      shows:
        `sinc: σ_k/σ_1 ≥ ½ up to k = ω, within ${STEP_TOLERANCE}, and below 10⁻³ less than ω/2 components later at the largest ω. ` +
        `Gaussian: decades per octave from below ${GENTLE.toFixed(2)} (k⁻¹) to above ${FAST.toFixed(2)} (k⁻³)`,
      measured:
        `sinc: up to k = ${list(steps.map(({ half, scale }) => `${half} (ω = ${scale})`))}, and below 10⁻³ ` +
        `${list(steps.map(({ plunge }) => String(plunge)))} components later. Gaussian: up to ` +
        `k = ${list(gaussian.map((spectrum) => `${halfPoint(spectrum)} (ω = ${spectrum.scale})`))}, and at ω = ${scales.at(-1)} ` +
        `${list(widest.map((rate) => rate.toFixed(2)))} decades in the octaves from k = ω/8, ω/4, ω/2${convergenceNote(svd)}`,
      verdict: verdictOf([
        steps.every(({ half, scale }) => Math.abs(half - scale) <= STEP_TOLERANCE) && drop < widestScale / 2,
        (widest[0] ?? Number.NaN) < GENTLE && (widest.at(-1) ?? Number.NaN) > FAST,
      ]),
      parameters: `N = M = ${samples}, ω = ${list(scales.map(String))}, extent 1, ${grid.name}`,
    },
  };
}

/** Spectra of sinc and Gaussian, each at several scales, as far as they are above rounding. */
const figure3b: Draw<readonly NormalisedSpectrum[]> = (spectra, document) => {
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
        Plot.text([FLOOR_TEXT], { x: [1.08 * last], y: [floor], dy: 10, textAnchor: "end" }),
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

export const bandwidth = defineStudy({
  id: "C3",
  name: "bandwidth",
  figure: "3b",
  claim: "The spectrum of sinc stays at 1 until k ≈ ω·extent, then drops; that of the Gaussian falls gently, then fast",
  stage: { title: "bandwidth of sinc and Gaussian", share: 7 },
  measure: checkBandwidth,
  figures: { "figure-3b": figure3b },
});
