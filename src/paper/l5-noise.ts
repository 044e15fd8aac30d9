import * as Plot from "@observablehq/plot";
import { fixed, list } from "../format.ts";
import { masks } from "../index.ts";
import { degreesOfFreedom, discrepancy, type Fit, gcvScore, risk, steinRisk } from "../theory/risk.ts";
import { drawLines } from "./law-plot.ts";
import { descendInNoise, type NoisyDescents } from "./noisy-descent.ts";
import { type Draw, decades } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const SAMPLES = 32;
/** The standard deviation of the noise of one sample; the truth has a range of 1.5. */
const NOISE = 0.4;
const SEEDS = 200;
const RECORDS = [1, 2, 3, 5, 8, 13, 20, 32, 50, 80, 130, 200, 300];
/** A mean over the seeds is farther than four standard errors from what it estimates once in 16 000 times. */
const ERRORS = 4;
/**
 * A rule comes near the oracle where its error is at most this many times that of the oracle, in the mean; chosen, not
 * derived. The discrepancy principle stops early: it waits only until the residual is as large as the noise, of which a fit
 * with a few degrees of freedom has taken a part already.
 */
const NEAR = { Stein: 1.75, GCV: 1.75, discrepancy: 2 } as const;

const RULES = ["Stein", "GCV", "discrepancy"] as const;
type Rule = (typeof RULES)[number];

export interface NoiseData {
  readonly iterations: readonly number[];
  /** By the formulas. */
  readonly biasSquare: readonly number[];
  readonly variance: readonly number[];
  /** ‖ŷ − f‖²/N of descents, its mean over the seeds and the standard error of that. */
  readonly error: readonly { readonly mean: number; readonly standardError: number }[];
  /** The mean error where each rule stops, over that where the best step of each seed is known. */
  readonly rules: Readonly<Record<Rule, number>>;
  /** The same where no rule stops before the last step. */
  readonly unstopped: number;
}

/** L5: descents on 200 draws of the noise, beside bias and variance, and the rules that choose where to stop. */
async function checkNoise(context: StudyContext): Promise<Conclusion<NoiseData>> {
  const { engine, signal, report } = context;
  const { x, b, name } = offsetGrid(SAMPLES);
  const given = engine.activationMatrix({ activation: "heaviside", x, b });
  return lendSvd(engine, given, { signal }, async (svd, matrix) => {
    const truth = Array.from(x, (position) => Math.sin(3 * position) + (position > 0.6 ? 0.5 : 0));
    const [problem] = await engine.project(svd, truth, { signal });
    const { singularValues } = svd;
    const [first] = singularValues as unknown as [number];
    const learningRate = first ** -2;
    const factors = RECORDS.map((iterations) =>
      Array.from(singularValues, masks.gradientDescent({ learningRate, iterations })),
    );
    const risks = factors.map((m) => risk(m, problem, NOISE));
    const given = { matrix, truths: [truth], noise: NOISE, seeds: SEEDS, learningRate };
    const whole = { ...context, report: (fraction: number) => report(0.9 * fraction) };
    const run = await descendInNoise(whole, { ...given, recordAt: RECORDS });
    const error = RECORDS.map((_, record) => meanOf(run.errors.subarray(record * SEEDS, (record + 1) * SEEDS)));

    const best = risks.map(({ total }) => total).indexOf(Math.min(...risks.map(({ total }) => total)));
    const rest = { ...context, report: (fraction: number) => report(0.9 + 0.1 * fraction) };
    const short = await descendInNoise(rest, { ...given, recordAt: [RECORDS[best] as number] });
    const measured = biasAndVariance(short.predictions, truth);
    const expected = risks[best] as (typeof risks)[number];
    // The variance of a sum of squares of normal numbers with variances s²m_k².
    const fourth = (factors[best] as number[]).reduce((sum, m) => sum + m ** 4, 0);
    const spread = (NOISE ** 2 / SAMPLES) * Math.sqrt((2 * fourth) / (SEEDS - 1));
    // The mean of the predictions has a noise of variance s²Σm²/(N·seeds). In bias² it counts times twice the bias, and squared.
    const biasSpread = 2 * Math.sqrt((expected.biasSquare * expected.variance) / SEEDS) + expected.variance / SEEDS;

    const { rules, unstopped, fixedStep } = overOracle(run, factors, best);
    const off = error.map(({ mean, standardError }, i) => Math.abs(mean - (risks[i]?.total as number)) / standardError);
    return {
      data: {
        iterations: RECORDS,
        biasSquare: risks.map(({ biasSquare }) => biasSquare),
        variance: risks.map(({ variance }) => variance),
        error,
        rules,
        unstopped,
      },
      finding: {
        shows:
          `the mean of ‖ŷ − f‖²/N over ${SEEDS} draws of the noise against Σ(1 − m)²c²/N + s²Σm²/N, and both parts by ` +
          `themselves at the best q, within ${ERRORS} standard errors; the mean error where Stein's estimate and GCV ` +
          `stop, at most ${NEAR.Stein} times that of an oracle which knows each best q, and ${NEAR.discrepancy} times ` +
          "where the discrepancy does",
        measured:
          `at most ${fixed(Math.max(...off), 1)} standard errors off at q = 1 … ${RECORDS.at(-1)}; at the best q, ` +
          `${RECORDS[best]} with ${fixed(degreesOfFreedom(factors[best] as number[]), 1)} degrees of freedom, bias² ` +
          `${fixed(measured.biasSquare, 5)} (${fixed(expected.biasSquare, 5)}), variance ` +
          `${fixed(measured.variance, 5)} (${fixed(expected.variance, 5)}); over the oracle: ` +
          `${list(RULES.map((rule) => `${rule} ${fixed(rules[rule], 2)}`))}, the best fixed q ` +
          `${fixed(fixedStep, 2)}, no stopping ${fixed(unstopped, 2)}${convergenceNote(svd)}`,
        verdict: verdictOf([
          off.every((value) => value <= ERRORS),
          Math.abs(measured.variance - expected.variance) <= ERRORS * spread &&
            Math.abs(measured.biasSquare - expected.biasSquare) <= ERRORS * biasSpread,
          RULES.every((rule) => rules[rule] <= NEAR[rule]),
        ]),
        parameters:
          `Heaviside, N = M = ${SAMPLES}, f = sin 3x with a step of 0.5 at 0.6, noise s = ${NOISE}, α = 1/σ_1², ` +
          `${name}`,
      },
    };
  });
}

/**
 * The mean error over the seeds where each rule stops, over that where the best step of each seed is known.
 * @param factors the masks at RECORDS
 * @param best the place in RECORDS of the best fixed step
 */
function overOracle({ losses, errors }: NoisyDescents, factors: readonly (readonly number[])[], best: number) {
  const choices = Array.from({ length: SEEDS }, (_, seed) => {
    const at = (values: Float64Array, record: number) => values[record * SEEDS + seed] as number;
    const fits = factors.map((m, record): Fit => ({ factors: m, loss: at(losses, record), samples: SAMPLES }));
    const first = fits.findIndex(({ loss }) => discrepancy(loss, NOISE) <= 1);
    const chosen: Record<Rule, number> = {
      Stein: lowest(fits.map((fit) => steinRisk(fit, NOISE))),
      GCV: lowest(fits.map(gcvScore)),
      discrepancy: first < 0 ? RECORDS.length - 1 : first,
    };
    return { errors: RECORDS.map((_, record) => at(errors, record)), chosen };
  });
  const oracle = choices.reduce((sum, { errors }) => sum + Math.min(...errors), 0);
  const over = (stop: (choice: (typeof choices)[number]) => number) =>
    choices.reduce((sum, choice) => sum + (choice.errors[stop(choice)] as number), 0) / oracle;
  const ofRules = RULES.map((rule) => [rule, over(({ chosen }) => chosen[rule])]);
  return {
    rules: Object.fromEntries(ofRules) as Record<Rule, number>,
    unstopped: over(() => RECORDS.length - 1),
    fixedStep: over(() => best),
  };
}

function meanOf(values: Float64Array): { mean: number; standardError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, standardError: Math.sqrt(square / values.length) };
}

/** Squared bias and variance of seeds × N predictions, corrected for the finite number of seeds. */
function biasAndVariance(predictions: ArrayLike<number>, truth: readonly number[]) {
  const [count, seeds] = [truth.length, predictions.length / truth.length];
  let [biasSquare, variance] = [0, 0];
  truth.forEach((value, n) => {
    const own = Float64Array.from({ length: seeds }, (_, seed) => predictions[seed * count + n] as number);
    const { mean, standardError } = meanOf(own);
    variance += (standardError ** 2 * seeds) / count;
    biasSquare += ((mean - value) ** 2 - standardError ** 2) / count;
  });
  return { biasSquare, variance };
}

function lowest(values: readonly number[]): number {
  return values.indexOf(Math.min(...values));
}

/** Bias, variance and error over the steps. */
const figure: Draw<NoiseData> = ({ iterations, biasSquare, variance, error }, document) => {
  const total = biasSquare.map((value, i) => value + (variance[i] as number));
  const best = iterations[lowest(total)] as number;
  return {
    title: "Bias, variance and the best time to stop",
    caption:
      "Σ(1 − m)²c²/N, s²Σm²/N and their sum, over the steps of gradient descent on noisy samples. Dots: the mean " +
      "error of descents over 200 draws of the noise, with two standard errors. Dashed: the best step.",
    svg: drawLines(document, "Squared bias, variance and error of gradient descent over its steps", {
      x: { ...decades([1, iterations.at(-1) as number]), label: "iterations, q" },
      y: { ...decades([Math.min(...biasSquare, ...variance) / 2, 2 * Math.max(...total)]), label: "error, ‖ŷ − f‖²/N" },
      marks: [
        Plot.ruleX([best], { strokeDasharray: "4 3", strokeOpacity: 0.5 }),
        Plot.ruleX(error, {
          x: (_, i) => iterations[i],
          y1: ({ mean, standardError }) => mean - 2 * standardError,
          y2: ({ mean, standardError }) => mean + 2 * standardError,
        }),
      ],
      lines: [
        { label: "error", x: iterations, y: total },
        { label: "bias²", x: iterations, y: biasSquare },
        { label: "variance", x: iterations, y: variance },
        { label: "error", x: iterations, y: error.map(({ mean }) => mean), dots: true },
      ],
    }),
  };
};

export const noise = defineStudy({
  id: "L5",
  name: "noise",
  figure: "–",
  claim:
    "Under noise the error of descent is Σ(1 − m)²c²/N + s²Σm²/N, and Stein's estimate, GCV and the discrepancy find " +
    "nearly the best q",
  stage: { title: "bias, variance and stopping", share: 2 },
  measure: checkNoise,
  figures: { "figure-L5": figure },
});
