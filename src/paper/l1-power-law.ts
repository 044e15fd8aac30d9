import * as Plot from "@observablehq/plot";
import { brief, fixed, list, title } from "../format.ts";
import { masks } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { targetOf } from "./law-targets.ts";
import { powerOf } from "./measures.ts";
import { type Draw, decades } from "./plot-style.ts";
import { batchOf, offsetGrid } from "./spectra.ts";
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

const SAMPLES = 128;
/** The activations, and η of σ_k ∝ k^−η. */
const ORDERS = { heaviside: 1, tanh: 1, relu: 2 } as const;
const ACTIVATIONS = Object.keys(ORDERS) as (keyof typeof ORDERS)[];
/** s of c_k ∝ k^−s. */
const SMOOTHNESS = [1, 1.5, 2] as const;
/** Fits begin where descent reaches the third component. They end where it reaches the N/16-th, far from the grid's end. */
const [FROM, TO] = [3, SAMPLES / 16];
/** The last component before the spectrum bends on its grid. */
const LAST = SAMPLES / 4;
/** Steps of descent; its mask shows the law beyond them. */
const DESCENDED = 300;
/**
 * A sum from the third component on stands for an integral, and σ_k falls as a power only to 5 % (C2): an exponent may be off
 * by a tenth of itself, and by no more than 0.07.
 */
const exponentTolerance = (expected: number) => Math.min(0.07, expected / 10);
/** Roundings of float32 in up to 300 steps, where the loss has fallen to 1e-3 of ‖y‖². */
const LOSS_TOLERANCE = 2e-3;
/** N of the closed form, and its steps. */
const CLOSED_SAMPLES = 512;
const CLOSED_AT = [10, 30, 100, 300, 1000];
const CLOSED_TOLERANCE = 0.01;

/** One run: an activation and a target. */
export interface PowerLawRun {
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly smoothness: number;
  /** ζ = (2s − 1)/(2η). */
  readonly expected: number;
  /** The exponent fitted to `losses`. */
  readonly exponent: number;
  /** The steps of `losses`, ascending. */
  readonly iterations: readonly number[];
  /** ‖r_q‖²/‖y‖² by the mask on the measured spectrum, which goes on as a power beyond its N/4-th component. */
  readonly losses: readonly number[];
  /** ‖r_q‖²/‖y‖² of descent itself, and by the mask on all N components. */
  readonly descended: readonly { readonly iterations: number; readonly loss: number; readonly formula: number }[];
}

export interface PowerLawData {
  readonly runs: readonly PowerLawRun[];
  /** Heaviside with y = 1: the loss of descent, and √2·π^−1.5·q^−½ − 1/(2N). */
  readonly closedForm: readonly { readonly iterations: number; readonly loss: number; readonly formula: number }[];
}

/** The loss ‖r_q‖²/N of Heaviside on the offset grid with y = 1 and α = 1/σ_1², to 1 % for 10 ≤ q ≤ N²/200. */
export function heavisideLoss(iterations: number, samples: number): number {
  return Math.SQRT2 * Math.PI ** -1.5 * iterations ** -0.5 - 1 / (2 * samples);
}

/** L1: exponents of the loss of gradient descent. */
async function checkPowerLaw(context: StudyContext): Promise<Conclusion<PowerLawData>> {
  const { runs, note } = await measureRuns(context);
  const closedForm = await measureClosedForm(context);
  return { data: { runs, closedForm }, finding: findingOf({ runs, closedForm }, note) };
}

async function measureRuns({ engine, signal, report }: StudyContext): Promise<{ runs: PowerLawRun[]; note: string }> {
  const { x, b } = offsetGrid(SAMPLES);
  const members = ACTIVATIONS.map((activation) => ({ activation, scale: SAMPLES }));
  return lendSvd(engine, engine.activationMatrix({ ...batchOf(members), x, b }), { signal }, async (svd, matrix) => {
    const U = await svd.U.read();
    const spectra = ACTIVATIONS.map((_, member) =>
      svd.singularValues.subarray(member * SAMPLES, (member + 1) * SAMPLES),
    );
    const learningRate = spectra.map(([first]) => (first as number) ** -2);
    const runs: PowerLawRun[] = [];
    for (const [done, smoothness] of SMOOTHNESS.entries()) {
      report((done + 1) / 5);
      const targets = ACTIVATIONS.map((activation, member) =>
        targetOf({
          U: U.subarray(member * SAMPLES * SAMPLES, (member + 1) * SAMPLES * SAMPLES),
          singularValues: spectra[member] as Float64Array,
          power: smoothness / ORDERS[activation],
        }),
      );
      const recordAt = [1, 3, 10, 30, 100, DESCENDED];
      const descent = await engine.descend(
        matrix,
        targets.flatMap(({ y }) => y),
        {
          learningRate,
          iterations: DESCENDED,
          recordAt,
          signal,
        },
      );
      for (const [member, activation] of ACTIVATIONS.entries()) {
        const s = spectra[member] as Float64Array;
        const { coefficients: c, square } = targets[member] as (typeof targets)[number];
        const left = (iterations: number) => {
          const mask = masks.gradientDescent({ learningRate: learningRate[member] as number, iterations });
          return s.map((value, k) => ((1 - mask(value)) * (c[k] as number)) ** 2 / square);
        };
        const order = ORDERS[activation];
        const losses = (iterations: number) =>
          sumOf(left(iterations).subarray(0, LAST)) + restOf(s, c, { iterations, smoothness, order }) / square;
        const steps = stepsBetween(s);
        const curve = steps.map(losses);
        runs.push({
          activation,
          smoothness,
          expected: (2 * smoothness - 1) / (2 * order),
          exponent: -powerOf(steps, curve),
          iterations: steps,
          losses: curve,
          descended: recordAt.map((iterations, record) => ({
            iterations,
            loss: ((descent.losses[record * ACTIVATIONS.length + member] as number) * SAMPLES) / square,
            formula: sumOf(left(iterations)),
          })),
        });
      }
    }
    return { runs, note: convergenceNote(svd) };
  });
}

/** Descent on Heaviside with y = 1. */
async function measureClosedForm({ engine, signal, report }: StudyContext): Promise<PowerLawData["closedForm"]> {
  const { x, b } = offsetGrid(CLOSED_SAMPLES);
  return lend(engine.activationOperator({ activation: "heaviside", x, b }), async (operator) => {
    const learningRate = (2 * Math.sin(Math.PI / (4 * CLOSED_SAMPLES + 2))) ** 2; // 1/σ_1²
    const run = await engine.descend(operator, new Float64Array(CLOSED_SAMPLES).fill(1), {
      learningRate,
      iterations: CLOSED_AT.at(-1) as number,
      recordAt: CLOSED_AT,
      signal,
      onProgress: ({ fraction }) => report((4 + fraction) / 5),
    });
    return CLOSED_AT.map((iterations, record) => ({
      iterations,
      loss: run.losses[record] as number,
      formula: heavisideLoss(iterations, CLOSED_SAMPLES),
    }));
  });
}

function findingOf({ runs, closedForm }: PowerLawData, note: string): Finding {
  const descents = runs.flatMap(({ descended }) => descended);
  const apart = Math.max(...descents.map(({ loss, formula }) => Math.abs(loss / formula - 1)));
  const closed = Math.max(...closedForm.map(({ loss, formula }) => Math.abs(formula / loss - 1)));
  const words = (activation: (typeof ACTIVATIONS)[number]) => {
    const own = runs.filter((run) => run.activation === activation);
    return `${title(activation)} ${list(own.map(({ exponent, expected }) => `${fixed(exponent, 3)} (${brief(expected)})`))}`;
  };
  return {
    shows:
      "the exponent ζ = (2s − 1)/(2η), within ζ/10 and 0.07, fitted where descent reaches the components " +
      `${FROM} to ${TO}; ` +
      `descent against its mask, within ${LOSS_TOLERANCE}; Heaviside with y = 1: √2·π^−1.5·q^−½ − 1/(2N), within 1 %`,
    measured:
      `ζ for s = ${list(SMOOTHNESS.map(String))} (expected): ${ACTIVATIONS.map(words).join("; ")}; descent within ` +
      `${brief(apart)} of ` +
      `its mask; the closed form is off by ${brief(100 * closed)} % at most, q = 10 … ${CLOSED_AT.at(-1)}${note}`,
    verdict: verdictOf([
      ...runs.map(({ exponent, expected }) => Math.abs(exponent - expected) <= exponentTolerance(expected)),
      apart <= LOSS_TOLERANCE,
      closed <= CLOSED_TOLERANCE,
    ]),
    parameters:
      `N = M = ω = ${SAMPLES}, c_k ∝ σ_k^(s/η), α = 1/σ_1², descents of ${DESCENDED} steps; closed form N = M = ` +
      `${CLOSED_SAMPLES}, ${offsetGrid(SAMPLES).name}`,
  };
}

/**
 * ‖r_q‖² in the components beyond N/4 of a network without a grid, where σ_k and c_k go on as powers of κ = k − ½: the
 * integral of κ^(−2s)·(1 − 2αqσ²) over κ > N/4. Descent has fitted less than a tenth of them. On the grid itself the spectrum
 * bends.
 */
function restOf(
  singularValues: Float64Array,
  coefficients: Float64Array,
  {
    iterations,
    smoothness,
    order,
  }: { readonly iterations: number; readonly smoothness: number; readonly order: number },
): number {
  const shift = LAST / (LAST - 0.5);
  const at = (coefficients[LAST - 1] as number) * shift ** -smoothness;
  const share = ((singularValues[LAST - 1] as number) * shift ** -order) / (singularValues[0] as number);
  const power = 2 * smoothness - 1;
  return at * at * LAST * (1 / power - (2 * iterations * share * share) / (power + 2 * order));
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Steps from (σ_1/σ_k)² at the first k of the fit to that at the last, about 24 of them. */
function stepsBetween(singularValues: Float64Array): number[] {
  const [from, to] = [FROM, TO].map(
    (k) => ((singularValues[0] as number) / (singularValues[k - 1] as number)) ** 2,
  ) as [number, number];
  return [...new Set(Array.from({ length: 24 }, (_, i) => Math.round(from * (to / from) ** (i / 23))))];
}

/** Losses of the fit, and those of descent. */
const figure: Draw<PowerLawData> = ({ runs, closedForm }, document) => {
  const shown = runs.filter(({ activation, smoothness }) => activation !== "tanh" && smoothness !== 1.5);
  const all = [
    ...shown.flatMap(({ descended }) => descended.map(({ loss }) => loss)),
    ...shown.flatMap(({ losses }) => losses),
  ];
  const last = Math.max(...shown.flatMap(({ iterations }) => iterations));
  return {
    title: "The loss falls as a power of the steps",
    caption:
      "‖r_q‖²/‖y‖² of gradient descent for targets c_k ∝ k⁻ˢ with s = 1 (upper) and 2 (lower), on Heaviside and ReLU. " +
      "The exponents ζ are fitted to the lines, which follow from the mask. Dots: descent itself. Dashed: the closed form " +
      "of Heaviside with y = 1, with its descent.",
    svg: drawLines(document, "Loss of gradient descent over its steps, with fitted exponents", {
      x: { ...decades([1, last]), label: "iterations, q" },
      y: { ...decades([Math.min(...all) / 2, 1.5]), label: "loss, ‖r_q‖²/‖y‖²" },
      lines: shown.flatMap(({ activation, exponent, iterations, losses, descended }) => {
        const label = `${title(activation)}: ζ = ${fixed(exponent, 2)}`;
        return [
          { label, x: iterations, y: losses },
          { label, x: descended.map((point) => point.iterations), y: descended.map(({ loss }) => loss), dots: true },
        ];
      }),
      marks: [
        Plot.line(closedForm, { x: "iterations", y: "formula", strokeDasharray: "4 3" }),
        Plot.dot(closedForm, { x: "iterations", y: "loss", r: 2.6, fill: "currentColor" }),
      ],
    }),
  };
};

export const powerLaw = defineStudy({
  id: "L1",
  name: "powerLaw",
  figure: "arXiv 2504.12519",
  claim: "Where σ_k ∝ k^−η and c_k ∝ k^−s, the loss of gradient descent falls as q^−ζ, ζ = (2s − 1)/(2η)",
  stage: { title: "power laws of the loss", share: 2 },
  measure: checkPowerLaw,
  figures: { "figure-L1": figure },
});
