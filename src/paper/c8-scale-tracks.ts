import { list, title } from "../format.ts";
import { type ActivationName, psnr } from "../index.ts";
import { linspaceGrid } from "./spectra.ts";
import { type Conclusion, defineStudy, lend, type StudyContext, verdictOf } from "./study.ts";
import {
  baselines,
  FIRST_COMPONENTS,
  type PsnrFigure,
  quote,
  quoteTracking,
  SHORTFALL,
  tracking,
  UNMOVED,
} from "./tracking.ts";
import { psnrPlot } from "./tracking-plot.ts";

const SHOWN = ["sinc", "gaussian", "tanh", "relu"] as const;
const ITERATIONS = 10;

/**
 * α = 1/σ_1² needs σ_1 alone, which the longest row gives to 4·10⁻⁵ after four sweeps. It is a little too small, and α may
 * be up to twice as large before descent diverges.
 */
const SWEEPS = 4;

/** C8: few iterations, the same for all K, with the scale ω = K; gradient descent itself. */
async function checkScaleTracks({
  engine,
  row: y,
  width,
  signal,
  report,
}: StudyContext): Promise<Conclusion<PsnrFigure>> {
  const samples = y.length;
  const components = Array.from({ length: Math.floor(Math.log2(samples / 2)) }, (_, i) => 2 ** (i + 1));
  const { x, b, name } = linspaceGrid(samples, width);

  const descend = async (activation: ActivationName): Promise<number[]> =>
    lend(engine.activationMatrix({ activation, scale: components, x, b }), async (matrix) => {
      const { singularValues } = await engine.singularValues(matrix, { signal, maxSweeps: SWEEPS });
      const count = singularValues.length / components.length;
      const learningRate = components.map((_, i) => (singularValues[i * count] as number) ** -2);
      const { prediction } = await engine.descend(matrix, y, { learningRate, iterations: ITERATIONS, signal });
      return components.map((_, i) => psnr(y, prediction.subarray(i * samples, (i + 1) * samples)));
    });

  const curves: { activation: ActivationName; psnr: number[] }[] = [];
  for (const activation of SHOWN) {
    curves.push({ activation, psnr: await descend(activation) });
    report(curves.length / SHOWN.length);
  }
  const figure: PsnrFigure = { components, ...baselines(y, components), curves };
  const followed = curves.map((curve) => ({ ...curve, ...tracking(figure, curve.psnr) }));
  const [followers, unmoved] = [followed.slice(0, 2), followed.slice(2)];
  return {
    data: figure,
    finding: {
      shows:
        `PSNR against K ≥ ${FIRST_COMPONENTS}: sinc and Gaussian never more than ${SHORTFALL} dB below DST-I; tanh and ReLU ` +
        `change by less than ${UNMOVED} of the change of DST-I`,
      measured:
        `${quote(figure)}. Difference to DST-I: ` +
        `${list(followers.map((curve) => quoteTracking(curve.activation, curve)))} dB. ` +
        `${list(unmoved.map(({ activation, range }) => `${title(activation)} changes by ${range.toFixed(1)} dB`))}, DST-I by ` +
        `${(unmoved[0]?.baselineRange ?? 0).toFixed(1)}`,
      verdict: verdictOf([...followers.map(({ tracks }) => tracks), ...unmoved.map((curve) => curve.unmoved)]),
      parameters: `N = ${samples}, M = ${width}, ω = K, q = ${ITERATIONS}, α = 1/σ_1², ${name}`,
    },
  };
}

/** PSNR against K where the scale is chosen by K. */
const figure6b = psnrPlot({
  title: "The scale chooses the components of sinc and Gaussian",
  caption:
    "The same row after 10 iterations with ω = K. sinc and Gaussian rise with K, as the sine transforms do; tanh and ReLU hardly " +
    "change.",
  description: "PSNR against components to keep, ten iterations, the scale equal to K",
});

export const scaleTracks = defineStudy({
  id: "C8",
  name: "scaleTracks",
  figure: "6b",
  claim: "With q small and fixed and ω = K, sinc and Gaussian track the DST baseline; tanh and ReLU hardly change",
  stage: { title: "reconstruction by scale", share: 9 },
  measure: checkScaleTracks,
  figures: { "figure-6b": figure6b },
});
