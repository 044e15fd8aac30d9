import {
  finiteNumbers,
  requireAtMost,
  requireFraction,
  requireInteger,
  requireObject,
  requireOneOf,
  requirePositive,
} from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";

/**
 * A law of Proposition 4.2 of S. Lucey, arXiv 2504.18207, which relates the number of iterations q to the singular value κ
 * at which the mask of gradient descent has then reached 1 − ε. With r = ακ²,
 *   gradient flow:    exp(−qr) = ε,   κ = √(−log ε/(αq)), q = −log ε/(ακ²)
 *   gradient descent: (1 − r)^q = ε,  κ = √((1 − ε^{1/q})/α), q = log ε/log(1 − ακ²)
 * With the defaults ε = 1/e and α = 1/σ₁² gradient flow gives q = (σ₁/κ)², and √q is the width σ₁/κ of the window.
 */
export type ShrinkageLaw = "gradientFlow" | "gradientDescent";

/** The law of Proposition 4.2 to use, and the value at which a mask counts as open. */
export interface LawSettings {
  /** ε: the mask counts as open where it has reached 1 − ε. Default 1/e. */
  readonly maskThreshold?: number;
  /** The law: that of gradient flow, as in the paper (the default), or that of the discrete steps of gradient descent. */
  readonly law?: ShrinkageLaw;
}

/** A spectrum, and the learning rate and the law that relate it to a number of iterations. */
export interface SpectrumSettings extends LawSettings {
  /** σ, descending, not negative, σ₁ > 0. */
  readonly singularValues: ArrayLike<number>;
  /** α. Default 1/σ₁², the iteration-efficient rate. */
  readonly learningRate?: number;
}

/** q from r = ακ², and r from q, for L = −log ε. */
interface Law {
  iterations(rate: number, logarithm: number): number;
  rate(iterations: number, logarithm: number): number;
  /** The rate of at most 1 with the same decay: beyond 1 gradient descent overshoots, and |1 − r| = |1 − (2 − r)|. */
  fold(rate: number): number;
}

const laws: Record<ShrinkageLaw, Law> = {
  gradientFlow: {
    iterations: (rate, logarithm) => logarithm / rate,
    rate: (iterations, logarithm) => logarithm / iterations,
    fold: (rate) => rate,
  },
  gradientDescent: {
    iterations: (rate, logarithm) => -logarithm / Math.log1p(-rate),
    rate: (iterations, logarithm) => -Math.expm1(-logarithm / iterations),
    fold: (rate) => Math.min(rate, 2 - rate),
  },
};

/** Relative tolerance on ασ², for the roundings of α, σ² and the law: a count that is an integer is not rounded up. */
const ROUNDING = 8 * Number.EPSILON;

/** @throws ArgumentError unless `law` is the name of one. */
export function requireLaw(law: unknown): asserts law is ShrinkageLaw {
  requireOneOf("law", law, Object.keys(laws));
}

function resolve({ maskThreshold = 1 / Math.E, law = "gradientFlow" }: LawSettings): { law: Law; logarithm: number } {
  requireFraction("maskThreshold", maskThreshold);
  requireLaw(law);
  return { law: laws[law], logarithm: -Math.log(maskThreshold) };
}

/** r = ασ², folded. @throws ArgumentError where gradient descent diverges. */
function effectiveRate(law: Law, learningRate: number, singularValue: number): number {
  const given = learningRate * singularValue * singularValue;
  const rate = law.fold(given);
  if (given > 0 && rate <= 0) {
    throw new ArgumentError(
      `learningRate: ${learningRate} given, below 2/σ² = ${2 / singularValue / singularValue} expected: ` +
        `gradient descent diverges from there on`,
    );
  }
  return rate;
}

/** A copy of a spectrum, after checking that it is one: descending, not negative, not all zero, 1/σ₁² within float64. */
export function spectrumOf(singularValues: ArrayLike<number>): Float64Array {
  const own = finiteNumbers("singularValues", singularValues);
  if (own.length === 0) throw new ArgumentError("singularValues: none given, at least one expected");
  requirePositive("singularValues[0]", own[0]);
  requirePositive("1/σ₁²", 1 / ((own[0] as number) * (own[0] as number)));
  own.forEach((value, k) => {
    const previous = own[k - 1] ?? value;
    if (!(value >= 0 && value <= previous)) {
      throw new ArgumentError(
        `singularValues[${k}]: ${value} given after ${previous}, a number from 0 to ${previous} expected`,
      );
    }
  });
  return own;
}

/**
 * The iteration-efficient learning rate 1/σ₁² of a descending spectrum.
 * @throws ArgumentError where the spectrum is empty, not descending, negative, σ₁ is 0, or 1/σ₁² is beyond float64;
 * NotFiniteError where a singular value is not finite.
 */
export function efficientLearningRate(singularValues: ArrayLike<number>): number {
  const [first] = spectrumOf(singularValues) as unknown as [number];
  return 1 / (first * first);
}

/**
 * The real number of iterations q after which the mask reaches 1 − ε at the singular value `threshold`.
 * With the law of gradient descent and 1 < ακ² < 2, it is the number from which on the mask stays within ε of 1.
 * @throws ArgumentError unless κ > 0, α > 0, 0 < ε < 1, for gradient descent ακ² < 2, and q is within float64.
 */
export function iterationsAt(
  request: LawSettings & { readonly threshold: number; readonly learningRate: number },
): number {
  requireObject("request", request);
  const { threshold, learningRate, ...settings } = request;
  requirePositive("threshold", threshold);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  const iterations = law.iterations(effectiveRate(law, learningRate, threshold), logarithm);
  if (iterations < Number.POSITIVE_INFINITY) return iterations;
  throw new ArgumentError(`threshold: ${threshold} given, larger expected: no finite number of iterations reaches it`);
}

/**
 * The singular value κ at which the mask of q iterations is 1 − ε; the inverse of `iterationsAt` (for ακ² ≤ 1).
 * @throws ArgumentError unless q > 0, α > 0, 0 < ε < 1, and κ is within float64.
 */
export function thresholdAt(
  request: LawSettings & { readonly iterations: number; readonly learningRate: number },
): number {
  requireObject("request", request);
  const { iterations, learningRate, ...settings } = request;
  requirePositive("iterations", iterations);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  // Two roots, because the quotient may be beyond float64 where its root is not.
  const threshold = Math.sqrt(law.rate(iterations, logarithm)) / Math.sqrt(learningRate);
  if (threshold < Number.POSITIVE_INFINITY) return threshold;
  throw new ArgumentError(`iterations: ${iterations} given, more expected: their threshold is beyond float64`);
}

/**
 * The smallest number of iterations, an integer of at least 1, that keeps the first `components` components: at each of
 * σ₁ … σ_K the mask has reached 1 − ε or, by the law of gradient descent with α > 1/σ₁², is within ε of 1.
 * @throws ArgumentError where K is not in 1 … count, σ_K is 0 or so small that no finite number of iterations
 * keeps it, the spectrum is not descending, or gradient descent diverges (α ≥ 2/σ₁²).
 */
export function iterationsFor(request: SpectrumSettings & { readonly components: number }): number {
  requireObject("request", request);
  const singularValues = spectrumOf(request.singularValues);
  const first = singularValues[0] as number;
  const { components, learningRate = 1 / (first * first), ...settings } = request;
  requireInteger("components", components, 1);
  requireAtMost("components", components, singularValues.length);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  const last = singularValues[components - 1] as number;
  // After folding the slowest of the first K components is the first or the last of them.
  const rate = Math.min(effectiveRate(law, learningRate, first), effectiveRate(law, learningRate, last));
  const exact = law.iterations(rate, logarithm);
  if (exact === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(
      `components: ${components} given, fewer expected: no number of iterations keeps σ = ${last}`,
    );
  }
  const nearest = Math.max(1, Math.round(exact));
  return law.rate(nearest, logarithm) <= rate * (1 + ROUNDING) ? nearest : Math.ceil(exact);
}

/**
 * The number of components that `iterations` steps keep: those whose mask has reached 1 − ε (σ ≥ κ) or, by the law of
 * gradient descent with α > 1/σ₁², has come within ε of 1. `iterations` may be any real number above 0.
 * @throws ArgumentError as `iterationsFor` for spectrum and rate, and unless q > 0.
 */
export function componentsFor(request: SpectrumSettings & { readonly iterations: number }): number {
  requireObject("request", request);
  const singularValues = spectrumOf(request.singularValues);
  const first = singularValues[0] as number;
  const { iterations, learningRate = 1 / (first * first), ...settings } = request;
  requirePositive("iterations", iterations);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  const opened = law.rate(iterations, logarithm);
  const rates = Array.from(singularValues, (value) => effectiveRate(law, learningRate, value));
  return rates.filter((rate) => opened <= rate * (1 + ROUNDING)).length;
}

/**
 * The range of σ in dB (20·log₁₀ of the ratio) over which the mask of gradient flow falls from one value to another:
 * 10·log₁₀(log(1 − from)/log(1 − to)), whatever α and q are. From 0.99 to 0.01 it is 26.6 dB, to 0.05 19.5 dB.
 * @throws ArgumentError unless both lie between 0 and 1.
 */
export function transitionWidth(from: number, to: number): number {
  requireFraction("from", from);
  requireFraction("to", to);
  // A difference of logarithms, because the quotient may be beyond float64.
  return 10 * (Math.log10(-Math.log1p(-from)) - Math.log10(-Math.log1p(-to)));
}
