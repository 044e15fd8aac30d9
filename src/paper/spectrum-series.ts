import { nameOf, type Series } from "./plot-style.ts";
import { aboveFloor, type NormalisedSpectrum } from "./spectra.ts";

/** Stands beside the line of `floorOf`. */
export const FLOOR_TEXT = "float32's rounding";

/** The part of a spectrum above the floor of the figure. */
export function seriesOf(spectrum: NormalisedSpectrum, floor: number): Series {
  const y = aboveFloor({ ...spectrum, floor });
  return { key: spectrum.activation, label: nameOf(spectrum.activation), x: y.map((_, k) => k + 1), y };
}

/** The largest floor of the spectra, as a share of σ_1: the least σ_k/σ_1 that a figure of all of them shows. */
export function floorOf(spectra: readonly NormalisedSpectrum[]): number {
  return Math.max(...spectra.map(({ floor }) => floor));
}
