import { fixed, list, title } from "../format.ts";
import { type ActivationMatrixOptions, fourierFeatures, gridCentres, randomNeurons } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { logSlope, powerOf } from "./measures.ts";
import { arcCosineKernel, gaussianKernel, kernelRatios, type PlaneKernel } from "./plane-kernels.ts";
import { type Draw, decades, octaves } from "./plot-style.ts";
import { type Conclusion, convergenceNote, defineStudy, lend, type StudyContext, verdictOf } from "./study.ts";

/** Pixels of a side. */
const SIDE = 14;
const WIDTH = 1024;
const SEED = 1;
/** A quarter of the components: the later ones feel the end of the grid. Slopes are fitted from `FROM` on. */
const [FROM, COMPONENTS] = [12, 48];
const ORDERS = { heaviside: 0, relu: 1, relu2: 2 } as const;
/** ω of the Fourier features. */
const SCALES = [8, 16] as const;

/**
 * The mean of |log(σ_k/σ_1) − log of the kernel's| over k ≤ 48 that 1024 random neurons leave, by numpy in float64: of z₊ᵖ
 * at most 0.063 over 25 seeds.
 */
const POWER_TOLERANCE = 0.08;
/** The same of Fourier features, over 20 seeds at most 0.144 at ω = 8 and 0.187 at ω = 16. */
const FOURIER_TOLERANCE = 0.2;

/**
 * The η of σ_k ~ k^−η for z₊ᵖ in D dimensions with random directions and biases: the kernel behaves as |x − x'|^(2p+1) near
 * x = x', so that its Fourier transform falls as |ξ|^−(D+2p+1). Eigenvalues σ² follow that, and |ξ| grows as k^(1/D).
 */
export function decayIn(dimensions: number, order: number): number {
  return (dimensions + 2 * order + 1) / (2 * dimensions);
}

/**
 * The slope that a fit over k = `FROM` … `COMPONENTS` finds at its steepest, in the plane. Of a kernel whose transform falls
 * as |ξ|^−a, here with a = 2p + 3, the frequencies on a line of length 1 are π(n − (a + 2)/4) for large n: those of splines
 * where a is even, and the formula of M. Kwaśnicki (J. Funct. Anal. 262, 2012) at the order −a otherwise. In the square
 * πr²/4 + (p + 3/2)·r components then lie below the frequency πr. Waves that meet an edge at a slant shift less, so that the
 * second term is an upper bound. Without it the slope is that of the law.
 */
export function steepest(order: number): number {
  const extra = order + 1.5;
  const k = Array.from({ length: COMPONENTS - FROM + 1 }, (_, i) => FROM + i);
  const frequency = k.map((k) => (Math.sqrt(extra ** 2 + Math.PI * k) - extra) / (Math.PI / 2));
  return powerOf(
    k,
    frequency.map((r) => r ** (-2 * decayIn(2, order))),
  );
}

/** The slopes of 25 seeds differ by up to 2 %. */
const SLOPE_TOLERANCE = 0.03;

interface PlaneSpectrum {
  readonly label: string;
  /** σ_k/σ_1 of the network. */
  readonly ratios: readonly number[];
  /** σ_k/σ_1 of its kernel, which is the limit of infinite width. */
  readonly kernel: readonly number[];
  /** The mean of |log(σ_k/σ_1) − log of the kernel's|. */
  readonly deviation: number;
}

export interface PlaneData {
  readonly powers: readonly (PlaneSpectrum & {
    readonly slope: number;
    readonly least: number;
    readonly most: number;
  })[];
  readonly fourier: readonly PlaneSpectrum[];
}

/** L11: spectra on the pixels of a square. */
async function checkPlane({ engine, signal, report }: StudyContext): Promise<Conclusion<PlaneData>> {
  const x = gridCentres([SIDE, SIDE]);
  const drawn = { width: WIDTH, dimensions: 2, seed: SEED } as const;
  let note = "";
  let done = 0;
  const measure = async (
    label: string,
    kernel: PlaneKernel,
    network: Omit<ActivationMatrixOptions, "x">,
  ): Promise<PlaneSpectrum> => {
    report(done++ / (Object.keys(ORDERS).length + SCALES.length));
    const values = await lend(engine.activationMatrix({ ...network, x, signal }), async (matrix) => {
      const spectrum = await engine.singularValues(matrix, { signal });
      note ||= convergenceNote(spectrum);
      return spectrum.singularValues;
    });
    const ratios = Array.from(values.subarray(0, COMPONENTS), (value) => value / (values[0] as number));
    const limit = kernelRatios(kernel, SIDE).slice(0, COMPONENTS);
    const apart = ratios.map((ratio, k) => Math.abs(Math.log(ratio / (limit[k] as number))));
    return { label, ratios, kernel: limit, deviation: apart.reduce((sum, value) => sum + value, 0) / COMPONENTS };
  };

  const neurons = randomNeurons({ ...drawn, directions: "uniform" });
  const powers: PlaneData["powers"][number][] = [];
  for (const activation of Object.keys(ORDERS) as (keyof typeof ORDERS)[]) {
    const order = ORDERS[activation];
    const spectrum = await measure(title(activation), arcCosineKernel(order), { activation, ...neurons });
    const slope = logSlope(spectrum.ratios, FROM, COMPONENTS);
    powers.push({ ...spectrum, slope, least: -decayIn(2, order), most: steepest(order) });
  }
  const fourier: PlaneSpectrum[] = [];
  for (const scale of SCALES) {
    const features = fourierFeatures({ ...drawn, directions: "normal", scale });
    fourier.push(
      await measure(`Fourier, ω = ${scale}`, gaussianKernel(scale), { activation: "sine", scale, ...features }),
    );
  }
  return {
    data: { powers, fourier },
    finding: {
      shows:
        `log–log slopes over k = ${FROM} … ${COMPONENTS}, between those of the law, without edges and with free edges: ` +
        `${list(powers.map(({ label, least, most }) => `${label} ${fixed(least, 2)} to ${fixed(most, 2)}`))}, within ` +
        `${100 * SLOPE_TOLERANCE} %. σ_k/σ_1 of the kernel in closed form: mean difference of logarithms at most ` +
        `${POWER_TOLERANCE}, and ${FOURIER_TOLERANCE} for Fourier features`,
      measured:
        `slopes ${list(powers.map(({ label, slope }) => `${label} ${fixed(slope, 2)}`))}; differences from the kernel ` +
        `${list([...powers, ...fourier].map(({ label, deviation }) => `${label} ${fixed(deviation, 3)}`))}${note}`,
      verdict: verdictOf([
        ...powers.map(
          ({ slope, least, most }) => slope <= least * (1 - SLOPE_TOLERANCE) && slope >= most * (1 + SLOPE_TOLERANCE),
        ),
        ...powers.map(({ deviation }) => deviation <= POWER_TOLERANCE),
        ...fourier.map(({ deviation }) => deviation <= FOURIER_TOLERANCE),
      ]),
      region:
        `as a limit: at k ≤ ${COMPONENTS} the edges of the square make the slopes of ReLU and ReLU² steeper. Fourier features ` +
        `while σ_k of the kernel is above σ_1/10: ${WIDTH} of them do not follow its tail, as at ω = 4`,
      parameters:
        `${SIDE} × ${SIDE} pixels of the unit square, M = ${WIDTH}, seed ${SEED}; z₊ᵖ with v of length 1, Fourier features ` +
        "with v ~ N(0, I)",
    },
  };
}

/** Spectra in two dimensions, and those of their kernels. */
const figure: Draw<PlaneData> = ({ powers, fourier }, document) => {
  const spectra = [...powers, ...fourier];
  const k = Array.from({ length: COMPONENTS }, (_, i) => i + 1);
  return {
    title: "Spectra in two dimensions",
    caption:
      "Normalised singular values on the pixels of a square, for networks with random directions (dots) and in the limit of " +
      "infinite width (lines). Heaviside, ReLU and ReLU² fall as powers of k, which tend to k^−3/4, k^−5/4 and k^−7/4. " +
      "Fourier features have the spectrum of a Gaussian kernel, which is flatter for a larger ω.",
    svg: drawLines(document, "Singular values of Heaviside, ReLU, ReLU² and Fourier features in two dimensions", {
      x: { ...octaves([1, COMPONENTS]), label: "component, k" },
      y: { ...decades([0.7 * Math.min(...spectra.flatMap(({ ratios }) => ratios)), 1.2]), label: "σₖ/σ₁" },
      lines: spectra.flatMap(({ label, ratios, kernel }) => [
        { label, x: k, y: kernel },
        { label, x: k, y: ratios, dots: true },
      ]),
    }),
  };
};

export const plane = defineStudy({
  id: "L11",
  name: "plane",
  figure: "App. E",
  claim:
    "In D dimensions σ_k of z₊ᵖ with random directions falls as k^−(D+2p+1)/(2D) for large k, slower than on a line; " +
    "Fourier features have the spectrum of a Gaussian kernel",
  stage: { title: "spectra in two dimensions", share: 6 },
  measure: checkPlane,
  figures: { "figure-L11": figure },
});
