import { brief, list, title } from "../format.ts";
import { maxDifference } from "./measures.ts";
import { measureSpectra, type NormalisedSpectrum, offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, type StudyContext, verdictOf } from "./study.ts";

const SPLINES = ["heaviside", "relu", "relu2"] as const;
/** Its spectrum changes with the scale, which shows that the scale is not ignored. */
const CONTRAST = "tanh" as const;

/** A scale that is not a power of two changes the roundings of entries and of the SVD: a few roundings of σ_1 in float32. */
const TOLERANCE = 16 * 2 ** -24;

export interface ScaleData {
  readonly scales: readonly number[];
  /** The largest |σ_k/σ_1 at ω − σ_k/σ_1 at ω = 1| over all k and ω. */
  readonly moved: readonly { readonly activation: string; readonly by: number }[];
}

/** C4: the scale multiplies the entries of z₊ᵖ by ωᵖ, and all σ alike. */
async function checkScale(context: StudyContext): Promise<Conclusion<ScaleData>> {
  // 128 samples take a quarter of the time of 256, and show the same.
  const count = Math.min(context.row.length, 128);
  const grid = offsetGrid(count);
  const scales = [1, 3, 10, 30, count];
  const members = [...SPLINES, CONTRAST].flatMap((activation) =>
    (activation === CONTRAST ? [1, count] : scales).map((scale) => ({ activation, scale }) as const),
  );
  const { spectra, ...svd } = await measureSpectra(context, members, grid);
  const moved = [...SPLINES, CONTRAST].map((activation) => {
    const [first, ...others] = spectra.filter((spectrum) => spectrum.activation === activation);
    const by = (other: NormalisedSpectrum) => maxDifference(first?.ratios ?? [], other.ratios);
    return { activation, by: Math.max(...others.map(by)) };
  });
  const splines = moved.slice(0, -1);
  const contrast = moved.at(-1)?.by ?? Number.NaN;
  return {
    data: { scales, moved },
    finding: {
      shows: `largest change of σ_k/σ_1 over ω: below ${brief(TOLERANCE)}, 16 half-ulps of float32`,
      measured:
        `${list(splines.map(({ activation, by }) => `${title(activation)} ${brief(by)}`))}; ` +
        `${CONTRAST}, which it does change, ${contrast.toFixed(2)}${convergenceNote(svd)}`,
      verdict: verdictOf(splines.map(({ by }) => by <= TOLERANCE)),
      parameters: `N = M = ${count}, ω = ${list(scales.map(String))}, ${grid.name}`,
    },
  };
}

export const scale = defineStudy({
  id: "C4",
  name: "scale",
  figure: "3",
  claim: "The scale ω does not change the normalised spectrum of Heaviside, ReLU, ReLU²",
  stage: { title: "the scale of the spline activations", share: 3 },
  measure: checkScale,
  figures: {},
});
