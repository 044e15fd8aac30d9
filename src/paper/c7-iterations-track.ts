import { brief, list, title } from "../format.ts";
import { type ActivationName, efficientLearningRate, iterationsFor, masks, psnr } from "../index.ts";
import { maxDifference } from "./measures.ts";
import { type Grid, linspaceGrid, offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, lend, type StudyContext, verdictOf } from "./study.ts";
import {
  baselines,
  FIRST_COMPONENTS,
  halfOctaves,
  type PsnrCurve,
  type PsnrFigure,
  quote,
  quoteReach,
  quoteTracking,
  SHORTFALL,
  trackedTo,
  tracking,
  UNMOVED,
} from "./tracking.ts";
import { psnrPlot } from "./tracking-plot.ts";

const MONOTONIC = ["tanh", "relu"] as const;
const OTHERS = ["sinc", "gaussian"] as const;

/** The K at which descent itself is also run, to compare it with its mask: at most a few hundred steps. */
const CHECKED_COMPONENTS = 8;

/** ω beside M, as a multiple of it: tanh at these is compared on the first grid. */
const SCALES = [1 / 4, 4] as const;

interface Fits extends PsnrCurve {
  /** The last K up to which each of the other signals is tracked. */
  readonly others: readonly number[];
  readonly note: string;
  /** The largest |ŷ of descent − ŷ of its mask| at CHECKED_COMPONENTS, and the steps of descent; 0 where it was not run. */
  readonly apart: number;
  readonly steps: number;
}

interface Plan {
  readonly activation: ActivationName;
  readonly grid: Grid;
  readonly scale?: number;
  readonly descends?: boolean;
}

/** C7: q = (σ_1/σ_K)² iterations at ω = M, by the mask of gradient descent, because q reaches 10⁶ and more. */
async function checkIterationsTrack(context: StudyContext): Promise<Conclusion<PsnrFigure>> {
  const { row: y, others, width, report } = context;
  const components = halfOctaves(y.length / 2);
  const grid = linspaceGrid(y.length, width);
  const offset = offsetGrid(y.length, width);

  const fits: Fits[] = [];
  const plan: Plan[] = [
    ...[...MONOTONIC, ...OTHERS].map((activation) => ({ activation, grid, descends: activation === "tanh" })),
    ...MONOTONIC.map((activation) => ({ activation, grid: offset })),
    ...SCALES.map((part) => ({ activation: "tanh" as const, grid, scale: part * width })),
  ];
  for (const one of plan) {
    fits.push(await fitEach(context, components, one));
    report(fits.length / plan.length);
  }
  const [curves, onOffset, scaled] = [fits.slice(0, 4), fits.slice(4, 6), fits.slice(6)];
  const figure: PsnrFigure = {
    components,
    ...baselines(y, components),
    curves: curves.map(({ activation, psnr }) => ({ activation, psnr })),
  };
  const followed = curves.map((curve) => ({ ...curve, ...tracking(figure, curve.psnr) }));
  const [monotonic, unresponsive] = [followed.slice(0, 2), followed.slice(2)];
  const descended = curves[0] as Fits;
  const reach = (fits: readonly Fits[]) =>
    list(fits.map(({ activation, psnr }) => quoteReach(activation, [trackedTo(figure, psnr)])));
  const ofOthers = (fits: readonly Fits[]) =>
    list(fits.map(({ activation, others }) => quoteReach(activation, others)));
  const onOthers =
    others.length === 0
      ? ""
      : `. On ${others.length} other rows: ${ofOthers(curves.slice(0, 2))}, on the offset grid ${ofOthers(onOffset)}`;
  const atScales = list(
    scaled.map(({ psnr }, i) => `${quoteReach("tanh", [trackedTo(figure, psnr)])} (ω = ${SCALES[i]}·M)`),
  );
  return {
    data: figure,
    finding: {
      shows:
        `PSNR against K ≥ ${FIRST_COMPONENTS}: tanh and ReLU never more than ${SHORTFALL} dB below DST-I; sinc and Gaussian ` +
        `change by less than ${UNMOVED} of the change of DST-I`,
      measured:
        `${quote(figure)}. Difference to DST-I: ` +
        `${list(monotonic.map((curve) => quoteTracking(curve.activation, curve)))} dB, and on the offset grid ` +
        `${list(onOffset.map((curve) => quoteTracking(curve.activation, tracking(figure, curve.psnr))))} dB. ` +
        `${list(unresponsive.map(({ activation, range }) => `${title(activation)} changes by ${range.toFixed(1)} dB`))}, DST-I by ` +
        `${(unresponsive[0]?.baselineRange ?? 0).toFixed(1)}. Descent itself (tanh, K = ${CHECKED_COMPONENTS}, ${descended.steps} steps) ` +
        `differs from its mask by at most ${brief(descended.apart)}. ${atScales}${onOthers}${fits.map(({ note }) => note).find(Boolean) ?? ""}`,
      verdict: verdictOf([...monotonic.map(({ tracks }) => tracks), ...unresponsive.map(({ unmoved }) => unmoved)]),
      region: `${reach(curves.slice(0, 2))} on this grid, whose first sample ReLU leaves at 0; ${reach(onOffset)} on the offset grid`,
      parameters: `N = ${y.length}, M = ${width}, ω = M, α = 1/σ_1², K = 2 … N/2, ${grid.name} (offset grid: ${offset.name})`,
    },
  };
}

/** The PSNR of each signal's fit at each K, and how far descent itself is from its mask, where it is run. */
async function fitEach(
  { engine, row, others, width, signal }: StudyContext,
  components: readonly number[],
  { activation, grid: { x, b }, scale = width, descends = false }: Plan,
): Promise<Fits> {
  const targets = [row, ...others].map((target) => Array.from(target));
  return lend(engine.activationMatrix({ activation, scale, x, b }), (matrix) =>
    lend(engine.svd(matrix, { signal }), async (svd) => {
      const { singularValues } = svd;
      const learningRate = efficientLearningRate(singularValues);
      const keep = async (k: number) => {
        const iterations = iterationsFor({ singularValues, components: k });
        const mask = masks.gradientDescent({ learningRate, iterations });
        const { prediction } = await engine.shrink(svd, targets.flat(), mask, { signal });
        return { iterations, fits: targets.map((_, i) => prediction.subarray(i * row.length, (i + 1) * row.length)) };
      };
      const values = targets.map((): number[] => []);
      for (const k of components) {
        const { fits } = await keep(k);
        for (const [i, fit] of fits.entries()) values[i]?.push(psnr(targets[i] as number[], fit));
      }
      const [ofRow = [], ...ofOthers] = values;
      const reached = ofOthers.map((curve, i) =>
        trackedTo({ components, ...baselines(targets[i + 1] as number[], components) }, curve),
      );
      const common = { activation, psnr: ofRow, others: reached, note: convergenceNote(svd), apart: 0, steps: 0 };
      if (!descends) return common;
      const { iterations, fits } = await keep(CHECKED_COMPONENTS);
      const run = await engine.descend(matrix, row, { learningRate, iterations, signal });
      return { ...common, apart: maxDifference(run.prediction, fits[0] ?? []), steps: iterations };
    }),
  );
}

/** PSNR against K where the iterations are chosen by K. */
const figure6a = psnrPlot({
  title: "Iterations choose the components of tanh and ReLU",
  caption:
    "A row of a photograph fitted with q = (σ₁/σ_K)² iterations and ω = M. tanh and ReLU rise with K, as the sine transforms " +
    "with K coefficients do; sinc and Gaussian fit equally well for every K.",
  description: "PSNR against components to keep, iterations chosen by Proposition 4.2",
});

export const iterationsTrack = defineStudy({
  id: "C7",
  name: "iterationsTrack",
  figure: "6a",
  claim:
    "With q = (σ_1/σ_K)² and ω = M, tanh and ReLU track the first-K DST baseline; sinc and Gaussian do not respond",
  stage: { title: "reconstruction by iterations", share: 15 },
  measure: checkIterationsTrack,
  figures: { "figure-6a": figure6a },
});
