import { brief, fixed, list } from "../format.ts";
import { masks } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { beyondGrid, targetOf } from "./law-targets.ts";
import { powerOf } from "./measures.ts";
import { type Draw, decades, octaves } from "./plot-style.ts";
import { offsetGrid } from "./spectra.ts";
import { type Conclusion, convergenceNote, defineStudy, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const SAMPLES = 128;
/** s of c_k ∝ k^−s, on Heaviside, whose η is 1. */
const SMOOTHNESS = [1, 2, 3, 4] as const;
/** The components kept: ridge has λ = σ_K², and descent takes (σ_1/σ_K)² steps. */
const KEPT = [6, 7, 8, 9, 10, 12];
/** The loss of ridge falls as λ² at most, and λ as K⁻². */
const SATURATION = 4;
/** A share of the exponent: sums over a few components stand for integrals. */
const TOLERANCE = 0.08;

export interface SaturationCurve {
  readonly operator: "ridge" | "descent";
  readonly smoothness: number;
  /** The law: 2s − 1, of ridge at most 4. */
  readonly expected: number;
  /** Fitted to `losses` over R = σ_1/σ_K. */
  readonly exponent: number;
  /** ‖y − ŷ‖²/‖y‖² for each K. */
  readonly losses: readonly number[];
}

export interface SaturationData {
  readonly components: readonly number[];
  readonly curves: readonly SaturationCurve[];
}

/** L4: what ridge and descent leave of targets without noise. */
async function checkSaturation({ engine, signal, report }: StudyContext): Promise<Conclusion<SaturationData>> {
  const { x, b, name } = offsetGrid(SAMPLES);
  const given = engine.activationMatrix({ activation: "heaviside", x, b });
  return lendSvd(engine, given, { signal }, async (svd, matrix) => {
    const U = await svd.U.read();
    const { singularValues } = svd;
    const [first] = singularValues as unknown as [number];
    const reach = KEPT.map((k) => first / (singularValues[k - 1] as number));
    const recordAt = reach.map((ratio) => Math.round(ratio * ratio));
    const targets = SMOOTHNESS.map((smoothness) => targetOf({ U, singularValues, power: smoothness }));
    const y = Float64Array.from(targets.flatMap((target) => target.y));
    const descent = await engine.descend(matrix, y, {
      learningRate: first ** -2,
      iterations: recordAt.at(-1) as number,
      recordAt,
      signal,
      onProgress: ({ fraction }) => report(fraction),
    });
    const ridge: Float64Array[] = [];
    for (const ratio of reach) {
      const { prediction } = await engine.shrink(svd, y, masks.ridge({ lambda: (first / ratio) ** 2 }), { signal });
      ridge.push(prediction.map((value, at) => (y[at] as number) - value));
    }
    const curves = SMOOTHNESS.flatMap((smoothness, run) => {
      const { coefficients, square } = targets[run] as (typeof targets)[number];
      const beyond = beyondGrid(coefficients, smoothness);
      const curve = (operator: SaturationCurve["operator"], left: readonly number[]): SaturationCurve => {
        const losses = left.map((loss) => (loss + beyond) / square);
        const expected = 2 * smoothness - 1;
        return {
          operator,
          smoothness,
          expected: operator === "ridge" ? Math.min(SATURATION, expected) : expected,
          exponent: -powerOf(reach, losses),
          losses,
        };
      };
      const rest = (residual: Float64Array) =>
        residual.subarray(run * SAMPLES, (run + 1) * SAMPLES).reduce((sum, value) => sum + value * value, 0);
      return [
        curve("ridge", ridge.map(rest)),
        curve(
          "descent",
          KEPT.map((_, record) => SAMPLES * (descent.losses[record * SMOOTHNESS.length + run] as number)),
        ),
      ];
    });

    const within = (operator: SaturationCurve["operator"]) =>
      curves
        .filter((curve) => curve.operator === operator)
        .every(({ exponent, expected }) => Math.abs(exponent / expected - 1) <= TOLERANCE);
    const words = (operator: SaturationCurve["operator"]) => {
      const own = curves.filter((curve) => curve.operator === operator);
      return `${operator} ${list(own.map(({ exponent, expected }) => `${fixed(exponent, 2)} (${expected})`))}`;
    };
    const [smoothRidge, smoothDescent] = curves.slice(-2).map(({ losses }) => losses.at(-1) as number);
    return {
      data: { components: KEPT, curves },
      finding: {
        shows:
          "the exponent of ‖y − ŷ‖² over R = σ_1/σ_K, ridge at λ = σ_K² and descent after (σ_1/σ_K)² steps: descent " +
          `2s − 1, ridge 2s − 1 but at most ${SATURATION}, within ${100 * TOLERANCE} %`,
        measured:
          `for s = ${list(SMOOTHNESS.map(String))} (expected): ${words("ridge")}; ${words("descent")}; at s = ` +
          `${SMOOTHNESS.at(-1)} and K = ` +
          `${KEPT.at(-1)} ridge leaves ${brief((smoothRidge as number) / (smoothDescent as number))} times what ` +
          `descent does${convergenceNote(svd)}`,
        verdict: verdictOf([within("descent"), within("ridge")]),
        parameters: `Heaviside, N = M = ${SAMPLES}, c_k ∝ σ_k^s, K = ${KEPT[0]} … ${KEPT.at(-1)}, no noise, ${name}`,
      },
    };
  });
}

/** What is left, over K. */
const figure: Draw<SaturationData> = ({ components, curves }, document) => {
  const all = curves.flatMap(({ losses }) => losses);
  return {
    title: "Ridge saturates, descent does not",
    caption:
      "‖y − ŷ‖²/‖y‖² on Heaviside for targets c_k ∝ k⁻ˢ, s = 1 … 4 from top to bottom. Ridge (dashed) with λ = σ_K² " +
      "falls as K⁻⁴ at best; descent with (σ₁/σ_K)² steps falls faster the smoother the target is.",
    svg: drawLines(document, "What ridge and gradient descent leave of four targets, over the components kept", {
      x: {
        ...octaves([components[0] as number, components.at(-1) as number]),
        ticks: [...components],
        label: "components to keep, K",
      },
      y: { ...decades([Math.min(...all) / 2, 2 * Math.max(...all)], 2), label: "error left, ‖y − ŷ‖²/‖y‖²" },
      lines: curves.map(({ operator, smoothness, losses }) => ({
        label: `${operator}, s = ${smoothness}`,
        family: String(smoothness),
        x: components,
        y: losses,
        ...(operator === "ridge" && { dash: "6 3" }),
      })),
    }),
  };
};

export const saturation = defineStudy({
  id: "L4",
  name: "saturation",
  figure: "arXiv 2403.11696",
  claim:
    "Ridge saturates: its error falls no faster than λ², however smooth the target is; that of descent does not " +
    "saturate",
  stage: { title: "saturation of ridge", share: 0.7 },
  measure: checkSaturation,
  figures: { "figure-L4": figure },
});
