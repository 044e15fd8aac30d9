import * as Plot from "@observablehq/plot";
import { brief, fixed, list } from "../format.ts";
import { activationFunction, linspace, masks } from "../index.ts";
import { maxDifference } from "./measures.ts";
import { type Draw, decades, draw, look } from "./plot-style.ts";
import { type Conclusion, convergenceNote, defineStudy, lend, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const SAMPLES = 128;
const POSITIONS = linspace(0, 1, SAMPLES);
/** B: the signals have no frequency above it, on x in [0, 1] sampled four times as densely as they need. */
const BANDWIDTH = 16;
/** Distances of the biases in units of 1/(2B). Biases reach half a unit beyond both ends, as the signals do. */
const SPACINGS = [2, 1.5, 1.25, 1, 0.5, 0.25] as const;
const OUTSIDE = 0.5;

/** Components with a smaller σ_k/σ_1 are left out: a hundred times the rounding of float32. */
const CUTOFF = 1e-5;
/**
 * "Fits": the residual of the worst signal, as a share of its length. The components that are left out, with weights of the
 * length 1 of the sampling theorem, hold about CUTOFF of it; the factor of 10 is chosen.
 */
const FITTED = 10 * CUTOFF;
/** "Cannot fit", a thousand times as much. */
const MISSED = 0.1;

/** The residuals of wider spacings with the components down to a smaller cutoff, in float64, which a test recomputes. */
export const FLOAT64 = { cutoff: 1e-10, spacings: [1.25, 1.5, 2], residuals: [1.7e-4, 0.5, 0.66] } as const;

/** Sinc networks of one spacing. */
export interface SpacingFit {
  readonly spacing: number;
  readonly width: number;
  /** The largest ‖y − ŷ‖/‖y‖ of the signals. */
  readonly residual: number;
  /** How many σ_k/σ_1 are above CUTOFF. */
  readonly components: number;
}

export interface SamplingData {
  /** max|A − I| and max|ŷ − y| after one step of descent, for the impulse with b = x. */
  readonly memorised: { readonly identity: number; readonly apart: number };
  readonly fits: readonly SpacingFit[];
}

/** Each signal is one sinc of bandwidth B, a quarter of a spacing or more from every bias of the spacing 1/(2B). */
const CENTRES = Array.from({ length: BANDWIDTH }, (_, j) => 0.25 + (j + 0.5) / (2 * BANDWIDTH));

/** The signals on the samples. */
export function bandLimited(): number[][] {
  const sinc = activationFunction("sinc");
  return CENTRES.map((centre) => Array.from(POSITIONS, (position) => sinc(2 * BANDWIDTH * (position - centre))));
}

/** The network of a spacing, in units of 1/(2B). */
export function sincNetwork(spacing: number) {
  const step = spacing / (2 * BANDWIDTH);
  const b = Float64Array.from({ length: Math.floor((1 + 2 * OUTSIDE) / step) + 1 }, (_, m) => m * step - OUTSIDE);
  return { activation: "sinc", scale: 2 * BANDWIDTH, x: POSITIONS, b } as const;
}

/** C13: the impulse's matrix, and least-squares fits of band-limited signals by sinc networks of several spacings. */
async function checkSampling({ engine, row, signal, report }: StudyContext): Promise<Conclusion<SamplingData>> {
  const x = POSITIONS;
  const y = Float64Array.from(x, (_, n) => row[Math.floor((n * row.length) / SAMPLES)] as number);
  const memorised = await lend(engine.activationMatrix({ activation: "impulse", x, b: x }), async (matrix) => {
    const entries = await matrix.read();
    const identity = Float64Array.from(entries, (_, i) => (i % (SAMPLES + 1) === 0 ? 1 : 0));
    const { prediction } = await engine.descend(matrix, y, { learningRate: 1, iterations: 1, signal });
    return { identity: maxDifference(entries, identity), apart: maxDifference(prediction, y) };
  });

  const signals = bandLimited();
  const fits: SpacingFit[] = [];
  let note = "";
  for (const spacing of SPACINGS) {
    const given = engine.activationMatrix(sincNetwork(spacing));
    await lendSvd(engine, given, { signal }, async (svd, { cols: width }) => {
      const threshold = CUTOFF * (svd.singularValues[0] as number);
      const { prediction } = await engine.shrink(svd, signals.flat(), masks.pca({ threshold }), { signal });
      const residuals = signals.map((own, run) => {
        const left = own.map((value, n) => value - (prediction[run * SAMPLES + n] as number));
        return Math.hypot(...left) / Math.hypot(...own);
      });
      const components = svd.singularValues.filter((value) => value >= threshold).length;
      fits.push({ spacing, width, residual: Math.max(...residuals), components });
      note ||= convergenceNote(svd);
    });
    report(fits.length / SPACINGS.length);
  }

  const [wide, close] = [fits.filter(({ spacing }) => spacing > 1), fits.filter(({ spacing }) => spacing <= 1)];
  const describe = ({ spacing, width, residual, components }: SpacingFit) =>
    `${spacing} (M = ${width}): ${brief(residual)}, ${components} components`;
  return {
    data: { memorised, fits },
    finding: {
      shows:
        `impulse, b = x: A = I, and ŷ = y to the rounding of y. Sinc, ω = 2B: the worst residual ‖y − ŷ‖/‖y‖ of ` +
        `signals of bandwidth B is above ${MISSED} for spacings above 1/(2B), and at most ${brief(FITTED)} at 1/(2B) and closer, ` +
        "with the same number of components",
      measured:
        `max|A − I| = ${brief(memorised.identity)}, max|ŷ − y| = ${brief(memorised.apart)} after one step. Spacing in 1/(2B): ` +
        `${list(fits.map(describe))}${note}`,
      verdict: verdictOf([
        memorised.identity === 0 && memorised.apart <= 2 ** -24,
        wide.every(({ residual }) => residual >= MISSED),
        close.every(({ residual, components }) => residual <= FITTED && components === close[0]?.components),
      ]),
      region:
        "with weights that float32 resolves. The interval [0, 1] has a few components more, with σ from " +
        `${brief(FLOAT64.cutoff)}·σ_1 on. In float64 spacings of ${list(FLOAT64.spacings.map(String))} with them leave ` +
        list(FLOAT64.residuals.map(brief)),
      parameters:
        `N = ${SAMPLES}, B = ${BANDWIDTH}, x in [0, 1], b in [${fixed(-OUTSIDE, 1)}, ${1 + OUTSIDE}]; signals: sinc(2B(x − c)) for ` +
        `${CENTRES.length} c in [0.25, 0.75] half-way between biases; least squares on σ ≥ ${brief(CUTOFF)}·σ_1`,
    },
  };
}

const figureSampling: Draw<SamplingData> = ({ fits }, document) => {
  const x = fits.map(({ spacing }) => spacing);
  const y = fits.map(({ residual }) => residual);
  const low = 10 ** Math.floor(Math.log10(Math.min(...y)));
  return {
    title: "Sinc neurons closer than 1/(2B) add nothing, and those farther apart do not fit",
    caption:
      "The largest relative residual of signals of bandwidth B, fitted by sinc networks with ω = 2B, over the distance of " +
      "their biases. Dashed: the distance 1/(2B) of the sampling theorem. The number beside each is that of the components.",
    svg: draw(document, "Residual of band-limited signals over the spacing of sinc neurons", {
      x: {
        type: "log",
        base: 2,
        domain: [0.2, 2.4],
        ticks: x,
        tickFormat: String,
        label: "spacing of the biases, 1/(2B)",
        labelAnchor: "center",
        labelArrow: "none",
      },
      y: { ...decades([low, 1]), label: "residual, ‖y − ŷ‖/‖y‖", grid: true, labelArrow: "none" },
      marks: [
        Plot.ruleX([1], { strokeDasharray: "4 3", strokeOpacity: 0.6 }),
        Plot.line(x, { x, y, stroke: look("sinc").color, strokeWidth: 2 }),
        Plot.dot(x, { x, y, fill: look("sinc").color, r: 4 }),
        Plot.text(
          fits.map(({ components }) => String(components)),
          { x, y, dx: -14, dy: -10, fontWeight: 600 },
        ),
      ],
    }),
  };
};

export const sampling = defineStudy({
  id: "C13",
  name: "sampling",
  figure: "Eqs. 18, 19",
  claim:
    "An impulse network memorises: A = I. A sinc network with ω = 2B fits signals of bandwidth B from biases 1/(2B) apart, not " +
    "from wider ones, and closer ones add nothing",
  stage: { title: "memorisation and sampling", share: 1 },
  measure: checkSampling,
  figures: { "figure-sampling": figureSampling },
});
