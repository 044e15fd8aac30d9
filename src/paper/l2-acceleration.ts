import { fixed, list } from "../format.ts";
import { type Method, masks, methods } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { beyondGrid, targetOf } from "./law-targets.ts";
import { powerOf } from "./measures.ts";
import { type Draw, decades } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import {
  type Conclusion,
  convergenceNote,
  defineStudy,
  type Finding,
  lendSvd,
  type StudyContext,
  verdictOf,
} from "./study.ts";

const SAMPLES = 128;
/** η of ReLU. */
const ORDER = 2;
/** s of c_k ∝ k^−s; ζ = (2s − 1)/4 is 0.25, 0.75, 1.25 and 1.75. */
const SMOOTHNESS = [1, 2, 3, 4] as const;
/** The components between which the law is fitted: about R = σ_1/σ_K accelerated steps reach the K-th. */
const KEPT = [4, 5, 6, 7, 8, 9, 10];
/** Chebyshev takes more steps, and is fitted over fewer components. */
const KEPT_BY_CHEBYSHEV = KEPT.slice(0, 4);
/**
 * The 2ζ up to which a method doubles: that of |r_T(λ)|² between 1/T² and 1/T of λ_1, T^−(b+1) with b = 2, and T^−4ν with
 * ν = 1. Beyond, the exponent of the ν-method stays at 4ν. Nesterov's grows half as fast, to ζ + (b + 1)/2, because its
 * iteration damps all λ above λ_1/T further.
 */
const LIMITS = { nesterov: 3, nuMethod: 4 } as const;
type Fitted = keyof typeof LIMITS;
type Accelerated = Fitted | "chebyshev";
const LABELS: Readonly<Record<Accelerated, string>> = {
  nesterov: "accelerated Nesterov",
  nuMethod: "ν-method",
  chebyshev: "Chebyshev",
};
/** Sums stand for integrals from the fourth component on, and the residual polynomials oscillate. */
const TOLERANCE = 0.2;

/** A method on one target. */
export interface AcceleratedRun {
  readonly method: "gradientDescent" | Accelerated;
  readonly smoothness: number;
  /** ζ of gradient descent, (2s − 1)/(2η). */
  readonly zeta: number;
  /** T, ascending; of Chebyshev T without its logarithm, R = σ_1/σ_K. */
  readonly iterations: readonly number[];
  /** ‖r_T‖²/‖y‖²: of descents on the GPU, and of gradient descent by its mask. */
  readonly losses: readonly number[];
  /** The fitted exponent. */
  readonly exponent: number;
}

/** L2: exponents of accelerated methods over that of gradient descent. */
async function checkAcceleration(context: StudyContext): Promise<Conclusion<readonly AcceleratedRun[]>> {
  const { runs, note } = await measureRuns(context);
  return { data: runs, finding: findingOf(runs, note) };
}

async function measureRuns({
  engine,
  signal,
  report,
}: StudyContext): Promise<{ runs: AcceleratedRun[]; note: string }> {
  const { x, b } = offsetGrid(SAMPLES);
  return lendSvd(engine, engine.activationMatrix({ activation: "relu", x, b }), { signal }, async (svd, matrix) => {
    const U = await svd.U.read();
    const { singularValues } = svd;
    const [first] = singularValues as unknown as [number];
    const learningRate = 1 / (1.001 * first * first);
    const reach = KEPT.map((k) => first / (singularValues[k - 1] as number));
    const steps = reach.map((ratio) => Math.ceil(2 * ratio));
    const own: readonly [Accelerated, Method][] = [
      ["nesterov", methods.acceleratedNesterov({ learningRate })],
      ["nuMethod", methods.nuMethod({ learningRate, nu: 1 })],
      ...KEPT_BY_CHEBYSHEV.map((k): [Accelerated, Method] => [
        "chebyshev",
        methods.chebyshev({ lower: (singularValues[k - 1] as number) ** 2, upper: 1.001 * first * first }),
      ]),
    ];
    const runs: AcceleratedRun[] = [];
    for (const [done, smoothness] of SMOOTHNESS.entries()) {
      report(done / SMOOTHNESS.length);
      const { y, coefficients: c, square } = targetOf({ U, singularValues, power: smoothness / ORDER });
      const beyond = beyondGrid(c, smoothness) / square;
      const zeta = (2 * smoothness - 1) / (2 * ORDER);
      // T for which 2e^(−2T/R), the bound of |r_T| on [λ_K, λ_1], is R^−ζ, the share of the target beyond K.
      const longer = KEPT_BY_CHEBYSHEV.map((_, i) =>
        Math.ceil(((reach[i] as number) / 2) * Math.log(2 * (reach[i] as number) ** zeta)),
      );
      const recordAt = [...new Set([...steps, ...longer])].sort((p, q) => p - q);
      const descent = await engine.descend(matrix, Float64Array.from(own.flatMap(() => y)), {
        method: own.map(([, method]) => method),
        iterations: recordAt.at(-1) as number,
        recordAt,
        signal,
      });
      const lossAt = (step: number, run: number) =>
        ((descent.losses[recordAt.indexOf(step) * own.length + run] as number) * SAMPLES) / square + beyond;
      const add = (method: AcceleratedRun["method"], iterations: readonly number[], losses: readonly number[]) =>
        runs.push({ method, smoothness, zeta, iterations, losses, exponent: -powerOf(iterations, losses) });
      const squares = reach.map((ratio) => Math.round(ratio * ratio));
      add(
        "gradientDescent",
        squares,
        squares.map((iterations) => {
          const mask = masks.gradientDescent({ learningRate, iterations });
          return (
            c.reduce((sum, value, k) => sum + ((1 - mask(singularValues[k] as number)) * value) ** 2, 0) / square +
            beyond
          );
        }),
      );
      add(
        "nesterov",
        steps,
        steps.map((step) => lossAt(step, 0)),
      );
      add(
        "nuMethod",
        steps,
        steps.map((step) => lossAt(step, 1)),
      );
      // The run of each K at its own step. Over R, because T = R·log(2R^ζ)/2 has a logarithm that is no power.
      add(
        "chebyshev",
        reach.slice(0, longer.length),
        longer.map((step, i) => lossAt(step, 2 + i)),
      );
    }
    return { runs, note: convergenceNote(svd) };
  });
}

export function findingOf(runs: readonly AcceleratedRun[], note: string): Finding {
  const exponentOf = (method: AcceleratedRun["method"], smoothness: number) =>
    runs.find((run) => run.method === method && run.smoothness === smoothness)?.exponent as number;
  const ratiosOf = (method: Fitted) =>
    SMOOTHNESS.map((smoothness) => {
      const ratio = exponentOf(method, smoothness) / exponentOf("gradientDescent", smoothness);
      return { ratio, isWithinLimit: (2 * smoothness - 1) / ORDER <= LIMITS[method] };
    });
  const ratios = [ratiosOf("nesterov"), ratiosOf("nuMethod")] as const;
  const isAsExpected = ({ ratio, isWithinLimit }: ReturnType<typeof ratiosOf>[number]) =>
    isWithinLimit ? Math.abs(ratio - 2) <= TOLERANCE : ratio < 2 - TOLERANCE;
  const words = (own: ReturnType<typeof ratiosOf>) => list(own.map(({ ratio }) => fixed(ratio, 2)));
  // The square of its bound, R^−2ζ, is the most that Chebyshev leaves of the components up to K. There is as much beyond K.
  const bounded = runs
    .filter(({ method }) => method === "chebyshev")
    .flatMap(({ zeta, iterations, losses }) => losses.map((loss, i) => loss * (iterations[i] as number) ** (2 * zeta)));
  const last = SMOOTHNESS.at(-1) as number;
  const zeta = (2 * last - 1) / (2 * ORDER);
  return {
    shows:
      `the exponent of the loss over T, divided by that of gradient descent over q: 2 within ${TOLERANCE}, for 2ζ up ` +
      `to ${LIMITS.nesterov} with Nesterov (b = 2) and up to ${LIMITS.nuMethod} with the ν-method (ν = 1), and less ` +
      "beyond; Chebyshev on [λ_K, λ_1] up to a logarithm: at most 2R^−2ζ after T = R·log(2R^ζ)/2 steps, R = σ_1/σ_K",
    measured:
      `${LABELS.nesterov} ${words(ratios[0])}; ${LABELS.nuMethod} ${words(ratios[1])} ` +
      `times the exponent of gradient descent for s = ${list(SMOOTHNESS.map(String))}; at s = ${last} Nesterov's exponent is ` +
      `${fixed(exponentOf("nesterov", last), 2)} at 2ζ = ${2 * zeta}; Chebyshev at most ` +
      `${fixed(Math.max(...bounded), 2)}·R^−2ζ${note}`,
    verdict: verdictOf([...ratios.map((own) => own.every(isAsExpected)), bounded.every((value) => value <= 2)]),
    region:
      `2ζ ≤ ${LIMITS.nesterov} with Nesterov, whose exponent then tends to ζ + 3/2, here ${zeta + LIMITS.nesterov / 2}, and ` +
      `2ζ ≤ ${LIMITS.nuMethod} with the ν-method, whose exponent stays there`,
    parameters:
      `ReLU, N = M = ${SAMPLES}, c_k ∝ σ_k^(s/η), fitted where K = ${KEPT[0]} … ${KEPT.at(-1)} components are ` +
      `reached, T = 2σ_1/σ_K, ${offsetGrid(SAMPLES).name}`,
  };
}

const SHORT = { gradientDescent: "descent", nesterov: "Nesterov", nuMethod: "ν-method" } as const;

/** Losses over steps for one target. */
const figure: Draw<readonly AcceleratedRun[]> = (runs, document) => {
  const shown = runs.filter(({ smoothness }) => smoothness === 2);
  const highest = Math.max(...shown.flatMap(({ iterations }) => iterations));
  const losses = shown.flatMap(({ losses }) => losses);
  const [lowest, largest] = [Math.min(...losses), Math.max(...losses)];
  return {
    title: "Acceleration doubles the exponent",
    caption:
      "‖r‖²/‖y‖² over the steps for ReLU and c_k ∝ k⁻². Gradient descent by its mask, the accelerated methods from " +
      "descents, each with its fitted exponent. Chebyshev (dots) is a descent for each K, drawn over σ₁/σ_K. It has no " +
      "exponent, because its residual oscillates.",
    svg: drawLines(document, "Loss over steps, of gradient descent and of three accelerated methods", {
      x: { ...decades([10, highest]), label: "iterations, T" },
      y: { ...decades([lowest / 2, 2 * largest]), label: "loss, ‖r‖²/‖y‖²" },
      lines: shown.map(({ method, exponent, iterations, losses }) => ({
        label: method === "chebyshev" ? LABELS[method] : `${SHORT[method]}: ${fixed(exponent, 2)}`,
        x: iterations,
        y: losses,
        dots: method === "chebyshev",
      })),
    }),
  };
};

export const acceleration = defineStudy({
  id: "L2",
  name: "acceleration",
  figure: "arXiv 2504.12519",
  claim: "Acceleration doubles the exponent of the loss: T^−2ζ with Nesterov's momentum, the ν-method and Chebyshev's",
  stage: { title: "accelerated power laws", share: 3 },
  measure: checkAcceleration,
  figures: { "figure-L2": figure },
});
