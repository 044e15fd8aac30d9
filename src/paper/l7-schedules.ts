import { brief, fixed, list } from "../format.ts";
import { defineMethod, type Method } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { columnOf, combine, dot, maxDifference } from "./measures.ts";
import { type Draw, decades } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const SAMPLES = 64;
const STEPS = 18;

/** η_k/α for the steps k = 0 … q − 1; every schedule sums to q/2, and no rate is above α. */
const SCHEDULES = {
  constant: () => 1 / 2,
  "linear decay": (k: number) => 1 - (k + 0.5) / STEPS,
  "linear warm-up": (k: number) => (k + 0.5) / STEPS,
  cosine: (k: number) => (1 + Math.cos((Math.PI * (k + 0.5)) / STEPS)) / 2,
  // 4/9 of the steps at α and the rest at α/10: 4/9 + 1/18 = 1/2.
  "step decay": (k: number) => (k < (4 * STEPS) / 9 ? 1 : 0.1),
} satisfies Readonly<Record<string, (k: number) => number>>;

/** η_k/α of the steps of a schedule. */
function ratesOf(schedule: (k: number) => number): number[] {
  return Array.from({ length: STEPS }, (_, k) => schedule(k));
}

/**
 * The penalty λ_eff(s) of the ridge whose mask a schedule has at s: λ_eff = s²r/(1 − r), r = Π(1 − η_k s²) (arXiv
 * 2406.04425). It falls with s as long as η_k s² ≤ 1. At s → 0 it tends to 1/Ση_k, which is its value at s = 0.
 */
export function effectivePenalty(rates: readonly number[], s: number): number {
  const lambda = s * s;
  if (lambda === 0) return 1 / rates.reduce((sum, rate) => sum + rate, 0);
  const logarithm = rates.reduce((sum, rate) => sum + Math.log1p(-rate * lambda), 0);
  // r/(1 − r) as 1/(1/r − 1), which keeps its digits where r is near 1.
  return lambda / Math.expm1(-logarithm);
}

/** Gradient descent whose step k = 1, 2, … has the rate η_{k−1}. */
function scheduled(rates: readonly number[]): Method {
  return defineMethod({
    name: "scheduled",
    label: "a schedule of rates",
    family: "gradient descent",
    parameters: {},
    create: () => ({
      mask: (iterations) => (s) =>
        -Math.expm1(rates.slice(0, iterations).reduce((sum, rate) => sum + Math.log1p(-rate * s * s), 0)),
      iteration: {
        kind: "linear",
        coefficients: (step) => ({
          // The table of coefficients has rows beyond the last step.
          rate: rates[Math.min(step, rates.length) - 1] as number,
          momentum: 0,
          extrapolation: 0,
        }),
      },
      stableBelow: 2 / Math.max(...rates),
      growth: 1,
      isMonotone: true,
    }),
  }).create();
}

/** Penalties in units of 1/Ση_k, s in units of σ_1. */
export interface ScheduleCurve {
  readonly schedule: string;
  /** λ_eff(s)·Ση_k by the formula. */
  readonly penalty: readonly number[];
  /** The same at the singular values, from the weights that the descent reached; those with a mask from 0.02 to 0.98. */
  readonly measured: readonly { readonly s: number; readonly penalty: number }[];
}

export interface ScheduleData {
  /** s/σ_1, descending. */
  readonly s: readonly number[];
  readonly curves: readonly ScheduleCurve[];
}

/** A few roundings of float32 in each step, which no later step enlarges; the mask is at most 1. */
const MASK_TOLERANCE = (STEPS + 3) * 2 ** -22;

/** L7: descents with five schedules of the same sum, each beside the ridge that it is. */
async function checkSchedules({ engine, signal, report }: StudyContext): Promise<Conclusion<ScheduleData>> {
  const samples = SAMPLES;
  const { x, b, name } = offsetGrid(samples);
  const names = Object.keys(SCHEDULES) as (keyof typeof SCHEDULES)[];
  const s = Array.from({ length: 64 }, (_, i) => 10 ** (-(i + 1) / 32));
  const given = engine.activationMatrix({ activation: "heaviside", x, b });
  return lendSvd(engine, given, { signal }, async (svd, matrix) => {
    const U = await svd.U.read();
    const columns = Array.from({ length: samples }, (_, k) => columnOf(U, svd.U, k));
    // Uᵀy = 1: the prediction in the basis of U is the mask itself.
    const y = combine(U, Array<number>(samples).fill(1));
    const { singularValues } = svd;
    const [first] = singularValues as unknown as [number];
    const rates = names.map((schedule) => ratesOf(SCHEDULES[schedule]).map((rate) => rate / first / first));
    const { prediction } = await engine.descend(matrix, Float64Array.from(names.flatMap(() => y)), {
      method: rates.map(scheduled),
      iterations: STEPS,
      signal,
      onProgress: ({ fraction }) => report(fraction),
    });
    const runs = names.map((schedule, run) => {
      const own = prediction.subarray(run * samples, (run + 1) * samples);
      const mask = columns.map((u) => dot(u, own));
      const ridge = Array.from(singularValues, (value) => {
        const penalty = effectivePenalty(rates[run] as number[], value);
        return (value * value) / (value * value + penalty);
      });
      const sum = (rates[run] as number[]).reduce((total, rate) => total + rate, 0);
      const measured = mask.flatMap((m, k) => {
        const value = singularValues[k] as number;
        return m > 0.02 && m < 0.98 ? [{ s: value / first, penalty: (sum * value * value * (1 - m)) / m }] : [];
      });
      const penalty = s.map((ratio) => sum * effectivePenalty(rates[run] as number[], ratio * first));
      return { curve: { schedule, penalty, measured } satisfies ScheduleCurve, apart: maxDifference(mask, ridge) };
    });

    const curves: readonly ScheduleCurve[] = runs.map(({ curve }) => curve);
    const [constant, decay, warmUp] = curves as [ScheduleCurve, ScheduleCurve, ScheduleCurve];
    const apart = runs.map((run) => run.apart);
    const falls = curves.every(({ penalty }) =>
      penalty.every((value, i) => i === 0 || value >= (penalty[i - 1] as number)),
    );
    const largest = curves.every(({ penalty }) =>
      penalty.every((value, i) => value <= (constant.penalty[i] as number) * (1 + 1e-12)),
    );
    const ends = curves.map(({ penalty }) => penalty.at(-1) as number);
    const spread = (constant.penalty[0] as number) / Math.min(...curves.map(({ penalty }) => penalty[0] as number));
    return {
      data: { s, curves },
      finding: {
        shows:
          `the mask that each descent applied against s²/(s² + λ_eff(s)), within ${brief(MASK_TOLERANCE)}; λ_eff ` +
          "falls with s, nears 1/Ση_k for small s, and of all schedules of one sum the constant has the largest (by " +
          "the inequality of means)",
        measured:
          `masks within ${list(runs.map(({ curve, apart }) => `${brief(apart)} (${curve.schedule})`))}; λ_eff·Ση_k ` +
          `at s = σ_1/100 ${fixed(Math.min(...ends), 4)} … ${fixed(Math.max(...ends), 4)}; the order of the rates ` +
          "does not matter: linear warm-up has the penalty of linear decay, within " +
          `${brief(maxDifference(decay.penalty, warmUp.penalty))}; at s = 0.93σ_1 the penalties differ by a factor of ` +
          `up to ${brief(spread)}${convergenceNote(svd)}`,
        verdict: verdictOf([
          apart.every((value) => value <= MASK_TOLERANCE),
          falls && largest && ends.every((value) => Math.abs(value - 1) < 0.01),
        ]),
        parameters: `N = M = ${samples}, Heaviside, q = ${STEPS}, η_k ≤ 1/σ_1², Ση_k = q/(2σ_1²), ${name}`,
      },
    };
  });
}

/** Penalties over s, with those that the descents show. */
const figure: Draw<ScheduleData> = ({ s, curves }, document) => ({
  title: "Schedules of rates as ridge",
  caption:
    "The penalty λ_eff(s), in units of 1/Ση_k, of the ridge that a descent with a schedule of rates is. All schedules " +
    "have the same sum. Lines: the formula. Dots: from descents on Heaviside. Warm-up lies on decay, because the " +
    "order does not matter.",
  svg: drawLines(document, "The effective penalty of five schedules of rates over the singular value", {
    x: { ...decades([0.01, 1]), label: "singular value, s/σ₁" },
    y: { ...decades([1e-7, 2], 2), label: "λ_eff·Ση_k" },
    lines: curves.flatMap(({ schedule, penalty, measured }) => [
      { label: schedule, x: [...s].reverse(), y: [...penalty].reverse() },
      { label: schedule, x: measured.map((point) => point.s), y: measured.map((point) => point.penalty), dots: true },
    ]),
  }),
});

export const schedules = defineStudy({
  id: "L7",
  name: "schedules",
  figure: "arXiv 2406.04425",
  claim:
    "Descent with any schedule of rates is ridge with a penalty that falls with s, λ_eff(s) = s²r/(1 − r), r = Π(1 − " +
    "η_k s²)",
  stage: { title: "schedules as ridge", share: 0.1 },
  measure: checkSchedules,
  figures: { "figure-L7": figure },
});
