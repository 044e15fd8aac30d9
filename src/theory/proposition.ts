import { ArgumentError } from "../errors.ts";
import { requireInteger, requirePositive } from "./checks.ts";

/**
 * Proposition 4.2 of S. Lucey, arXiv 2504.18207, in both directions: the number of iterations q after which the mask
 * of gradient descent has reached 1 − ε at the singular value κ. With r = ακ²,
 *   gradient flow:    exp(−qr) = ε,   κ = √(−log ε/(αq)), q = −log ε/(ακ²)
 *   gradient descent: (1 − r)^q = ε,  κ = √((1 − ε^{1/q})/α), q = log ε/log(1 − ακ²)
 * With the defaults ε = 1/e and α = 1/σ₁² gradient flow gives q = (σ₁/κ)², and √q is the window's width σ₁/κ.
 */
export type MaskLaw = "gradientFlow" | "gradientDescent";

interface Settings {
  /** ε: the mask counts as open where it has reached 1 − ε. Default 1/e. */
  readonly maskThreshold?: number;
  /** Whose mask: gradient flow's, the paper's (the default), or that of the discrete steps. */
  readonly mask?: MaskLaw;
}

interface SpectrumSettings extends Settings {
  /** σ, descending, not negative, σ₁ > 0. */
  readonly singularValues: ArrayLike<number>;
  /** α. Default 1/σ₁², the iteration-efficient rate. */
  readonly learningRate?: number;
}

/** q from r = ακ², and r from q, for L = −log ε. */
interface Law {
  iterations(rate: number, logarithm: number): number;
  rate(iterations: number, logarithm: number): number;
  /** The rate up to 1 that decays as fast: beyond 1 gradient descent overshoots, and |1 − r| = |1 − (2 − r)|. */
  fold(rate: number): number;
}

const laws: Record<MaskLaw, Law> = {
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

/** Slack on ασ² for the roundings of α, σ² and the law, so that a ratio that is an integer stays one. */
const rounding = 8 * Number.EPSILON;

function resolve({ maskThreshold = 1 / Math.E, mask = "gradientFlow" }: Settings): { law: Law; logarithm: number } {
  if (!(maskThreshold > 0 && maskThreshold < 1)) {
    throw new ArgumentError(`maskThreshold: ${maskThreshold} given, a number between 0 and 1 expected`);
  }
  if (!Object.hasOwn(laws, mask)) {
    throw new ArgumentError(`mask: "${mask}" given, "gradientFlow" or "gradientDescent" expected`);
  }
  return { law: laws[mask], logarithm: -Math.log(maskThreshold) };
}

/** r = ασ², folded for gradient descent, which is refused where it diverges. */
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

/** σ₁, after checking that the spectrum is one: descending, not negative, not all zero. */
function largest(singularValues: ArrayLike<number>): number {
  if (singularValues.length === 0) throw new ArgumentError("singularValues: none given, at least one expected");
  const first = singularValues[0] as number;
  requirePositive("singularValues[0]", first);
  for (let k = 1; k < singularValues.length; k++) {
    const [previous, value] = [singularValues[k - 1] as number, singularValues[k] as number];
    if (!(value >= 0 && value <= previous)) {
      throw new ArgumentError(
        `singularValues[${k}]: ${value} given after ${previous}, a number from 0 to that expected`,
      );
    }
  }
  return first;
}

/**
 * The iteration-efficient learning rate 1/σ₁² of a descending spectrum.
 * @throws ArgumentError where the spectrum is empty, not descending, negative, or σ₁ is 0.
 */
export function efficientLearningRate(singularValues: ArrayLike<number>): number {
  const first = largest(singularValues);
  return 1 / (first * first);
}

/**
 * The real number of iterations q after which the mask reaches 1 − ε at the singular value `threshold`.
 * Under gradient descent's own mask and 1 < ακ² < 2 it is where the mask comes, and stays, within ε of 1.
 * @throws ArgumentError unless κ > 0, α > 0, 0 < ε < 1, and for gradient descent ακ² < 2.
 */
export function iterationsAt({
  threshold,
  learningRate,
  ...settings
}: Settings & { readonly threshold: number; readonly learningRate: number }): number {
  requirePositive("threshold", threshold);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  return law.iterations(effectiveRate(law, learningRate, threshold), logarithm);
}

/**
 * The singular value κ at which the mask of q iterations is 1 − ε; the inverse of `iterationsAt` (for ακ² ≤ 1).
 * @throws ArgumentError unless q > 0, α > 0, 0 < ε < 1.
 */
export function thresholdAt({
  iterations,
  learningRate,
  ...settings
}: Settings & { readonly iterations: number; readonly learningRate: number }): number {
  requirePositive("iterations", iterations);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  return Math.sqrt(law.rate(iterations, logarithm) / learningRate);
}

/**
 * The smallest number of iterations, an integer of at least 1, that keeps the first `components` components: the mask
 * has reached 1 − ε (under gradient descent with α > 1/σ₁²: is within ε of 1) at each of σ₁ … σ_K.
 * @throws ArgumentError where K is not in 1 … count, σ_K is 0 or so small that no finite number of iterations
 * keeps it, the spectrum is not descending, or gradient descent diverges (α ≥ 2/σ₁²).
 */
export function iterationsFor({
  singularValues,
  components,
  learningRate = efficientLearningRate(singularValues),
  ...settings
}: SpectrumSettings & { readonly components: number }): number {
  const first = largest(singularValues);
  requireInteger("components", components, 1);
  if (components > singularValues.length) {
    throw new ArgumentError(`components: ${components} given, at most ${singularValues.length} expected`);
  }
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  const last = singularValues[components - 1] as number;
  // Folding puts the slowest of the first K at either end of them.
  const rate = Math.min(effectiveRate(law, learningRate, first), effectiveRate(law, learningRate, last));
  const exact = law.iterations(rate, logarithm);
  if (exact === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`components: ${components} given, but σ = ${last} there: no number of iterations keeps it`);
  }
  const nearest = Math.max(1, Math.round(exact));
  return law.rate(nearest, logarithm) <= rate * (1 + rounding) ? nearest : Math.ceil(exact);
}

/**
 * The number of components that `iterations` steps keep: those whose mask has reached 1 − ε (σ ≥ κ), or under gradient
 * descent with α > 1/σ₁² has come within ε of 1. Any real number of iterations above 0 is taken.
 * @throws ArgumentError as `iterationsFor` for spectrum and rate, and unless q > 0.
 */
export function componentsFor({
  singularValues,
  iterations,
  learningRate = efficientLearningRate(singularValues),
  ...settings
}: SpectrumSettings & { readonly iterations: number }): number {
  largest(singularValues);
  requirePositive("iterations", iterations);
  requirePositive("learningRate", learningRate);
  const { law, logarithm } = resolve(settings);
  const opened = law.rate(iterations, logarithm);
  const rates = Array.from(singularValues, (value) => effectiveRate(law, learningRate, value));
  return rates.filter((rate) => opened <= rate * (1 + rounding)).length;
}

/**
 * The width in dB of σ (20·log₁₀ of the ratio) over which gradient flow's mask falls from one value to another:
 * 10·log₁₀(log(1 − from)/log(1 − to)), whatever α and q are. From 0.99 to 0.01 it is 26.6 dB, to 0.05 19.5 dB.
 * @throws ArgumentError unless both lie between 0 and 1.
 */
export function transitionWidth(from: number, to: number): number {
  for (const [name, value] of Object.entries({ from, to })) {
    if (!(value > 0 && value < 1))
      throw new ArgumentError(`${name}: ${value} given, a number between 0 and 1 expected`);
  }
  return 10 * Math.log10(Math.log1p(-from) / Math.log1p(-to));
}
