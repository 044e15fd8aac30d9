import { fixed, list, title } from "../format.ts";
import { convergenceNote, type Study, verdictOf } from "./claim.ts";
import { logSlope } from "./measures.ts";
import { aboveFloor, type NormalisedSpectrum, type SpectraBatch, spectrumOf } from "./spectra.ts";

const ORDERS = { heaviside: 1, relu: 2, relu2: 3 } as const;
const LIKENESSES = { tanh: "heaviside", gelu: "relu", silu: "relu" } as const;

/**
 * Orders differ by 1. The closed forms fall as (k − ½)^−η, not k^−η, which makes a fit from k = 4 steeper by 2 to 5 % of
 * η. 0.15 allows that, and excludes another order.
 */
const SLOPE_TOLERANCE = 0.15;

/** C2: slopes of the monotonic activations' spectra, measured once for C2, C5 and C9. */
export function checkDecay({ spectra, ...svd }: SpectraBatch, gridName: string): Study<readonly NormalisedSpectrum[]> {
  const samples = spectra[0]?.ratios.length ?? 0;
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
    result: {
      id: "C2",
      figure: "3a",
      claim: "σ_k/σ_1 falls as k^−η: Heaviside 1, ReLU 2, ReLU² 3; tanh like Heaviside, GELU and SiLU like ReLU",
      shows: `log–log slopes −1, −2, −3 over k = 4 … N/4, and those of the activations like them, within ${SLOPE_TOLERANCE}`,
      measured:
        `${list(quoteSlopes(Object.keys(ORDERS)))}; ${list(quoteSlopes(Object.keys(LIKENESSES)))}; ` +
        (cut.length > 0
          ? `fitted only above the rounding of float32: ${list(cut.map(([name, { trusted }]) => `${title(name)} to k = ${trusted}`))}`
          : "all above the rounding of float32") +
        convergenceNote(svd),
      verdict: verdictOf([
        ...Object.entries(ORDERS).map(([name, order]) => Math.abs(slopeOf(name) + order) <= SLOPE_TOLERANCE),
        ...Object.entries(LIKENESSES).map(([name, kin]) => Math.abs(slopeOf(name) - slopeOf(kin)) <= SLOPE_TOLERANCE),
      ]),
      parameters: `N = M = ${samples}, ω = ${spectrumOf(spectra, "tanh").scale}, ${gridName}`,
    },
  };
}
