import * as Plot from "@observablehq/plot";
import { brief, fixed, list } from "../format.ts";
import { masks } from "../index.ts";
import { risk } from "../theory/risk.ts";
import { drawLines } from "./law-plot.ts";
import { coefficientsOf, descendInNoise, truthOf } from "./noisy-descent.ts";
import { type Draw, decades } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import {
  type Conclusion,
  convergenceNote,
  defineStudy,
  type Finding,
  lend,
  lendSvd,
  type StudyContext,
  verdictOf,
} from "./study.ts";

/** What A. Ali, J. Z. Kolter and R. J. Tibshirani state for gradient flow at t beside ridge at λ = 1/t. */
const STATED = 1.69;
/** The largest quotient of the two masks, at ts² = 1.7933; its square bounds the quotient of the risks. */
const MASK_BOUND = 1.298425608;
const SAMPLES = 64;
const ACTIVATIONS = ["heaviside", "tanh", "relu"] as const;
/** The smoothness s of the truth, c_k ∝ k^−s; Infinity stands for f = 0. */
const SMOOTHNESS = [Number.POSITIVE_INFINITY, 1, 2] as const;
/** Standard deviations, where the truth has a mean square of 1. */
const NOISE = [0.02, 0.1, 0.5];
const PER_DECADE = 8;
const ITERATIONS = [1, 2, 5, 10, 20, 50, 100, 200];
/** The standard deviation of the noise in which descent itself is run; one of `NOISE`. */
const RUN_NOISE = 0.5;
/**
 * With noise alone the bound holds in every draw. With a signal, the product of bias and noise has mean 0, but a mean over
 * the seeds keeps some of it; descents must not exceed their own bound by more than this share.
 */
const SAMPLING = 0.03;
const SEEDS = 16;

/** (1 − e⁻ˣ)(1 + x)/x: gradient flow's mask over that of ridge, x = ts² and λ = 1/t. */
export function flowQuotient(x: number): number {
  return (-Math.expm1(-x) * (1 + x)) / x;
}

/** The same for q steps of gradient descent at a rate with αs² = `step` ≤ 1, λ = 1/(αq). */
export function descentQuotient(iterations: number, step: number): number {
  const x = iterations * step;
  return (masks.gradientDescent({ learningRate: 1, iterations })(Math.sqrt(step)) * (1 + x)) / x;
}

/** The largest `descentQuotient` over 0 < αs² ≤ 1. */
export function worstQuotient(iterations: number): number {
  return descentQuotient(
    iterations,
    peak((step) => descentQuotient(iterations, step), 1),
  );
}

/** Where the masks of gradient flow and of ridge, λ = 1/t, are furthest apart: x = ts², and their quotient there. */
export function worstOfMasks(): { readonly at: number; readonly quotient: number } {
  const flow = masks.gradientFlow({ learningRate: 1, iterations: 1 });
  const ridge = masks.ridge({ lambda: 1 });
  const quotient = (x: number) => flow(Math.sqrt(x)) / ridge(Math.sqrt(x));
  const at = peak(quotient, 10);
  return { at, quotient: quotient(at) };
}

/** The first q from which on `worstQuotient`², which falls with q, is at most `bound`. */
export function iterationsWithin(bound: number): number {
  let [above, within] = [1, 2 ** 20];
  while (within - above > 1) {
    const middle = Math.floor((above + within) / 2);
    if (worstQuotient(middle) ** 2 <= bound) within = middle;
    else above = middle;
  }
  return within;
}

/** Where a function over (0, end] that rises to one peak and falls has it. */
function peak(f: (x: number) => number, end: number): number {
  let [low, high] = [0, end];
  for (let turn = 0; turn < 100; turn++) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (f(left) < f(right)) low = left;
    else high = right;
  }
  return high;
}

/** The quotient of risks along one path. */
export interface RiskPath {
  readonly activation: string;
  /** s of c_k ∝ k^−s; undefined for noise alone. */
  readonly smoothness?: number;
  /** The standard deviation of the noise, where the truth has a mean square of 1. */
  readonly noise: number;
  /** t·σ_1², ascending. */
  readonly times: readonly number[];
  /** The risk of gradient flow at t over that of ridge at λ = 1/t. */
  readonly quotients: readonly number[];
}

export interface EarlyStoppingData {
  readonly paths: readonly RiskPath[];
  /** Descent itself at α = 1/σ_1², times q. */
  readonly descents: readonly RiskPath[];
  /** For each q of `descents`, the square of the largest quotient of masks. */
  readonly bounds: readonly number[];
}

/** L3: gradient flow, and descent itself, beside ridge. */
async function checkEarlyStopping(context: StudyContext): Promise<Conclusion<EarlyStoppingData>> {
  const { paths, note } = await measureFlow(context);
  const descents = await measureDescents(context);
  const bounds = ITERATIONS.map((iterations) => worstQuotient(iterations) ** 2);
  return { data: { paths, descents, bounds }, finding: findingOf({ paths, descents, bounds }, note) };
}

async function measureFlow({ engine, signal }: StudyContext): Promise<{ paths: RiskPath[]; note: string }> {
  const { x, b } = offsetGrid(SAMPLES);
  return lend(engine.activationMatrix({ activation: ACTIVATIONS, scale: SAMPLES, x, b }), async (matrix) => {
    const spectrum = await engine.singularValues(matrix, { signal });
    const paths = ACTIVATIONS.flatMap((activation, member) =>
      flowPaths(activation, spectrum.singularValues.subarray(member * SAMPLES, (member + 1) * SAMPLES), SAMPLES),
    );
    return { paths, note: convergenceNote(spectrum) };
  });
}

/** Descents in noise on Heaviside, beside ridge on the same draws. */
async function measureDescents(context: StudyContext): Promise<RiskPath[]> {
  const { engine, signal } = context;
  const samples = SAMPLES;
  const { x, b } = offsetGrid(samples);
  const given = engine.activationMatrix({ activation: "heaviside", x, b });
  return lendSvd(engine, given, { signal }, async (svd, matrix) => {
    const U = await svd.U.read();
    const { singularValues } = svd;
    const [first] = singularValues as unknown as [number];
    const learningRate = first ** -2;
    const truths = SMOOTHNESS.map((smoothness) => truthOf(U, samples, smoothness));
    const run = await descendInNoise(context, {
      matrix,
      truths,
      noise: RUN_NOISE,
      seeds: SEEDS,
      learningRate,
      recordAt: ITERATIONS,
    });
    const problems = await engine.project(svd, run.targets, { signal });
    const runs = problems.length;
    const clean = await engine.project(svd, truths.flat(), { signal });
    return SMOOTHNESS.map((smoothness, of): RiskPath => {
      const own = Array.from({ length: SEEDS }, (_, seed) => of * SEEDS + seed);
      const quotients = ITERATIONS.map((iterations, record) => {
        const ridge = masks.ridge({ lambda: 1 / (learningRate * iterations) });
        const error = (coefficients: ArrayLike<number>) =>
          singularValues.reduce((sum, s, k) => {
            const miss = ridge(s) * (coefficients[k] as number) - (clean[of]?.coefficients[k] as number);
            return sum + (miss * miss) / samples;
          }, 0);
        const byDescent = own.reduce((sum, at) => sum + (run.errors[record * runs + at] as number), 0);
        return byDescent / own.reduce((sum, at) => sum + error(problems[at]?.coefficients ?? []), 0);
      });
      return { activation: "heaviside", ...named(smoothness), noise: RUN_NOISE, times: ITERATIONS, quotients };
    });
  });
}

function findingOf({ paths, descents, bounds }: EarlyStoppingData, note: string): Finding {
  const apart = worstOfMasks();
  const worst = Math.max(...paths.flatMap(({ quotients }) => quotients));
  const flow = worst <= MASK_BOUND ** 2 * (1 + 1e-12);
  const own = descents.every(({ quotients }) =>
    quotients.every((quotient, i) => quotient <= (bounds[i] as number) * (1 + SAMPLING)),
  );
  const first = ITERATIONS.findLast((_, i) => descents.some(({ quotients }) => (quotients[i] as number) > STATED));
  const measuredFrom = ITERATIONS[ITERATIONS.indexOf(first ?? 0) + 1];
  const highest = descents.map(({ quotients }) => Math.max(...quotients));
  return {
    shows:
      `the mask of flow is at most ${MASK_BOUND} times that of ridge, at ts² = 1.7933, and its bias is smaller: the ` +
      `quotient of the risks is at most ${MASK_BOUND}² = ${fixed(MASK_BOUND ** 2, 4)}, over ${paths.length} paths; q ` +
      "steps of descent at α = 1/σ_1² have their own bound, " +
      `${list(bounds.slice(0, 4).map((bound) => fixed(bound, 2)))} at q = 1, 2, 5 and 10`,
    measured:
      `the masks ${fixed(apart.quotient, 9)} at ts² = ${fixed(apart.at, 4)}; flow at most ${fixed(worst, 4)}; descent in ` +
      `the mean over ${SEEDS} draws of the noise at most ` +
      `${list(highest.map((value, i) => `${brief(value)} (${wordsOf(SMOOTHNESS[i] as number)})`))}, and ` +
      `from q = 10 on at most ` +
      `${fixed(Math.max(...descents.flatMap(({ quotients }) => quotients.slice(3))), 3)}${note}`,
    verdict: verdictOf([flow && worst <= STATED && Math.abs(apart.quotient - MASK_BOUND) < 1e-9, own]),
    region:
      `flow, for every signal and noise; descent for every one from q = ${iterationsWithin(STATED)} on, by its own bound, ` +
      `and on the measured paths from q = ${measuredFrom} on`,
    parameters:
      `N = M = ${SAMPLES}, Heaviside, tanh and ReLU, c_k ∝ k^−s for s = 1, 2 and noise alone, noise ` +
      `${NOISE.join(", ")} of the signal; descents on Heaviside at noise ${RUN_NOISE}, ${offsetGrid(SAMPLES).name}`,
  };
}

/** Exact risks along the path of flow, from where it has fitted nothing to where it has fitted all. */
function flowPaths(activation: string, singularValues: Float64Array, samples: number): RiskPath[] {
  const [first] = singularValues as unknown as [number];
  const decades = Math.ceil(2 * Math.log10(first / (singularValues.at(-1) as number))) + 2;
  const times = Array.from({ length: decades * PER_DECADE + 1 }, (_, i) => 10 ** (i / PER_DECADE - 1));
  return SMOOTHNESS.flatMap((smoothness) =>
    NOISE.map((noise): RiskPath => {
      const truth = { coefficients: coefficientsOf(samples, smoothness), samples };
      const quotients = times.map((time) => {
        const t = time / first / first;
        const flow = masks.gradientFlow({ learningRate: t, iterations: 1 });
        const ridge = masks.ridge({ lambda: 1 / t });
        return risk(singularValues.map(flow), truth, noise).total / risk(singularValues.map(ridge), truth, noise).total;
      });
      return { activation, ...named(smoothness), noise, times, quotients };
    }),
  );
}

function named(smoothness: number): { smoothness?: number } {
  return Number.isFinite(smoothness) ? { smoothness } : {};
}

function wordsOf(smoothness: number): string {
  return Number.isFinite(smoothness) ? `s = ${smoothness}` : "noise alone";
}

/** Quotients along the paths of Heaviside, with the bounds. */
const figure: Draw<EarlyStoppingData> = ({ paths, descents, bounds }, document) => {
  const label = ({ smoothness }: RiskPath) =>
    smoothness === undefined ? "noise alone" : `c ∝ k⁻${smoothness === 1 ? "¹" : "²"}`;
  const lines = paths
    .filter((path) => path.activation === "heaviside" && path.noise === RUN_NOISE)
    .map((path) => ({ label: label(path), x: path.times, y: path.quotients }));
  const dots = descents.map((path) => ({ label: label(path), x: path.times, y: path.quotients, dots: true }));
  const last = Math.max(...lines.flatMap(({ x }) => x));
  return {
    title: "Early stopping beside ridge",
    caption:
      "The risk of gradient flow stopped at t over that of ridge with λ = 1/t, for Heaviside. Dashed: the bound " +
      "1.6859. Dots: q steps of gradient descent, in the mean over draws of the noise; dotted: the bound of its own " +
      "mask, which is larger for few steps.",
    svg: drawLines(document, "The risk of early stopping over that of ridge, against time, with its bound", {
      x: { ...decades([0.1, last], 1), label: "time, αqσ₁²" },
      y: { domain: [0, 4], label: "quotient of risks" },
      marks: [
        Plot.ruleY([MASK_BOUND ** 2], { strokeDasharray: "4 3", strokeOpacity: 0.7 }),
        Plot.text(["bound of gradient flow"], { x: [last], y: [MASK_BOUND ** 2], dy: -8, textAnchor: "end" }),
        Plot.line(ITERATIONS, { x: ITERATIONS, y: bounds as number[], strokeDasharray: "1.5 3.5" }),
        Plot.text(["bound of q steps"], {
          x: [ITERATIONS[1]],
          y: [bounds[1] as number],
          dx: 7,
          dy: -6,
          textAnchor: "start",
        }),
      ],
      lines: [...lines, ...dots],
    }),
  };
};

export const earlyStopping = defineStudy({
  id: "L3",
  name: "earlyStopping",
  figure: "arXiv 1810.10082",
  claim:
    "The risk of gradient flow stopped at t is at most 1.69 times that of ridge with λ = 1/t, for every signal and noise",
  stage: { title: "early stopping beside ridge", share: 1.3 },
  measure: checkEarlyStopping,
  figures: { "figure-L3": figure },
});
