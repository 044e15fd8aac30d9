import { brief, fixed, list, title } from "../format.ts";
import { type ActivationName, linspace, masks } from "../index.ts";
import { drawLines } from "./law-plot.ts";
import { dot, logSlope } from "./measures.ts";
import { type Draw, decades } from "./plot-style.ts";
import { type Conclusion, convergenceNote, defineStudy, lendSvd, type StudyContext, verdictOf } from "./study.ts";

const SAMPLES = 64;
const POWERS = [1, 2, 3, 5] as const;
/** The splines z₊ᵖ beside them; the singular values of higher powers soon lie within the rounding of float32. */
const SPLINES: readonly ActivationName[] = ["relu", "relu2", "relu3"];
/** A spline has more components than this above the rounding of float32. */
const LEAST = 10;
/** Orders differ by 1; a fit from k = 4 on is steeper than the law by up to 8 % (C2). */
const SLOPE_TOLERANCE = 0.4;
/** A share of the residual, which is a tenth of y or more: sums of N terms with U have an error of N·2⁻²⁴. */
const RESIDUAL_TOLERANCE = 4e-5;

export interface PolynomialSpectrum {
  /** "z³" or "ReLU³". */
  readonly label: string;
  readonly power: number;
  /** σ_k/σ_1 above the rounding of float32. */
  readonly ratios: readonly number[];
  /** ‖y − ŷ‖/‖y‖ of least squares, the end of every descent. */
  readonly residual: number;
}

export interface PolynomialData {
  readonly polynomials: readonly PolynomialSpectrum[];
  readonly splines: readonly PolynomialSpectrum[];
  /** ‖y − p(x)‖/‖y‖ of the best polynomial of each degree of `polynomials`, by Gram–Schmidt in float64. */
  readonly best: readonly number[];
}

/** L10: spectra of zᵖ and of z₊ᵖ on [−1, 1], and what each can fit. */
async function checkPolynomials({ engine, signal }: StudyContext): Promise<Conclusion<PolynomialData>> {
  const x = linspace(-1, 1, SAMPLES);
  // 0 at −1, where every spline on this grid is 0.
  const y = Array.from(x, (position) => Math.sin(4 * (position + 1)) + (position > 0.2 ? 0.5 : 0));
  const products = POWERS.map((power) => ({ wgsl: Array(power).fill("z").join(" * ") }));
  const activations = [...products, ...SPLINES];
  let note = "";
  const given = engine.activationMatrix({ activation: activations, x, b: x });
  const spectra = await lendSvd(engine, given, { signal }, async (svd) => {
    note = convergenceNote(svd);
    const { prediction } = await engine.shrink(
      svd,
      activations.flatMap(() => y),
      masks.ridge({ lambda: 0 }),
      { signal },
    );
    return activations.map((_, member): PolynomialSpectrum => {
      const values = svd.singularValues.subarray(member * SAMPLES, (member + 1) * SAMPLES);
      const floor = svd.noiseFloor[member] as number;
      const power = member < POWERS.length ? (POWERS[member] as number) : member - POWERS.length + 1;
      const rest = y.map((value, n) => value - (prediction[member * SAMPLES + n] as number));
      return {
        label: title(power === 1 ? "relu" : `relu${power}`).replace("ReLU", member < POWERS.length ? "z" : "ReLU"),
        power,
        ratios: Array.from(
          values.filter((value) => value > floor),
          (value) => value / (values[0] as number),
        ),
        residual: Math.sqrt(dot(rest, rest) / dot(y, y)),
      };
    });
  });
  const [polynomials, splines] = [spectra.slice(0, POWERS.length), spectra.slice(POWERS.length)];
  const best = POWERS.map((power) => bestPolynomial(x, y, power));
  const apart = polynomials.map(({ residual }, i) => Math.abs(residual / (best[i] as number) - 1));
  const slopes = splines.map(({ ratios }) => logSlope(ratios, 4, Math.min(16, ratios.length)));
  return {
    data: { polynomials, splines, best },
    finding: {
      shows:
        "zᵖ has p + 1 singular values above rounding, and leaves of y what the best polynomial of degree p leaves, " +
        `within ${brief(RESIDUAL_TOLERANCE)} of it; z₊ᵖ has more than ${LEAST}, which fall as k^−(p + 1), within ` +
        `${SLOPE_TOLERANCE}, and leaves less`,
      measured:
        `${list(polynomials.map(wordsOf))}, off by ${brief(Math.max(...apart))} at most; ` +
        `${list(splines.map(wordsOf))}, with slopes ${list(slopes.map((slope) => fixed(slope, 2)))}${note}`,
      verdict: verdictOf([
        polynomials.every(({ power, ratios }) => ratios.length === power + 1),
        apart.every((value) => value <= RESIDUAL_TOLERANCE),
        splines.every(
          ({ power, ratios }, i) =>
            ratios.length > LEAST && Math.abs((slopes[i] as number) + power + 1) <= SLOPE_TOLERANCE,
        ),
        splines.every(({ residual }) => residual < Math.min(...best)),
      ]),
      parameters: `N = M = ${SAMPLES}, x = b evenly on [−1, 1], ω = 1, y = sin 4(x + 1) with a step of 0.5 at 0.2`,
    },
  };
}

function wordsOf({ label, ratios, residual }: PolynomialSpectrum): string {
  const last = brief(ratios.at(-1) as number);
  return `${label} has ${ratios.length}, the last of them ${last}·σ_1, and leaves ${fixed(100 * residual, 2)} %`;
}

/** ‖y − p(x)‖/‖y‖ of the best polynomial p of degree `degree`: Gram–Schmidt, twice, on the powers of x. */
export function bestPolynomial(x: ArrayLike<number>, y: readonly number[], degree: number): number {
  const basis: number[][] = [];
  const without = (vector: readonly number[]) =>
    basis.reduce<readonly number[]>((rest, q) => {
      const along = dot(q, rest);
      return rest.map((value, n) => value - along * (q[n] as number));
    }, vector);
  for (let power = 0; power <= degree; power++) {
    const rest = without(without(Array.from(x, (position) => position ** power)));
    const length = Math.sqrt(dot(rest, rest));
    basis.push(rest.map((value) => value / length));
  }
  const rest = without(without(y));
  return Math.sqrt(dot(rest, rest) / dot(y, y));
}

/** σ_k/σ_1 of both families. */
const figure: Draw<PolynomialData> = ({ polynomials, splines }, document) => {
  const lowest = Math.min(...splines.flatMap(({ ratios }) => ratios.slice(0, 16)));
  const line = ({ label, ratios }: PolynomialSpectrum) => {
    const shown = ratios.slice(0, 16);
    return { label, x: shown.map((_, k) => k + 1), y: shown };
  };
  return {
    title: "Polynomial activations have few components",
    caption:
      "σₖ/σ₁ on [−1, 1]. The network of zᵖ (dots) has p + 1 components, however wide it is, and can fit polynomials " +
      "of degree p only. That of the spline z₊ᵖ (lines) has as many as samples, which fall as k^−(p + 1).",
    svg: drawLines(document, "Normalised singular values of polynomial activations and of splines", {
      x: { domain: [1, 16], label: "component, k" },
      y: { ...decades([lowest / 2, 1.5]), label: "σₖ/σ₁" },
      lines: [...splines.map(line), ...polynomials.flatMap((one) => [line(one), { ...line(one), dots: true }])],
    }),
  };
};

export const polynomials = defineStudy({
  id: "L10",
  name: "polynomials",
  figure: "–",
  claim:
    "A polynomial activation zᵖ has p + 1 components and fits polynomials of degree p alone; the spline z₊ᵖ has one " +
    "for each sample, with a bias k^−(p + 1)",
  stage: { title: "polynomial activations", share: 0.5 },
  measure: checkPolynomials,
  figures: { "figure-L10": figure },
});
