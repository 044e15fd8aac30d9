import type { NumberRange } from "../../checks/values.ts";
import { type Mask, powerMask } from "../masks.ts";
import type { Choice } from "./definition.ts";
import type { Method } from "./method.ts";

/** The parameters of heavy ball and of Nesterov's method. */
export interface TwoStepParameters {
  /** α. */
  readonly learningRate: number;
  /** β, from 0 to below 1. */
  readonly momentum: number;
}

export const MOMENTUM_RANGE: NumberRange = {
  expected: "a number from 0 to below 1",
  holds: (value) => value >= 0 && value < 1,
};

/**
 * √(ασ_K²), at most 1. It gives the momentum of critical damping at σ_K, where both roots of the recurrence meet. For this α
 * no other momentum makes the largest root of the first K components smaller.
 */
export function slowestRoot({ lambda, components }: Choice, learningRate: number): number {
  return Math.min(1, Math.sqrt(lambda(components) * learningRate));
}

/**
 * The characteristic polynomial ρ² − sρ + q of one component of a stationary two-step method, in forms in which no digits
 * cancel. `gap` is its value at 1, (1 − ρ₁)(1 − ρ₂): αλ, both for the heavy ball and for Nesterov's method.
 */
interface TwoStep {
  readonly gap: number;
  /** s = ρ₁ + ρ₂. */
  readonly sum: number;
  /** q = ρ₁ρ₂. */
  readonly product: number;
  /** log q where q > 0, computed from factors whose distances from 1 have all digits. */
  readonly logProduct: number;
  /** 2 − s. */
  readonly sumBelowTwo: number;
  /** s − 2q. */
  readonly drift: number;
  /** 1 + s + q, the value at −1. */
  readonly gapAtMinusOne: number;
  /** s² − 4q. */
  readonly discriminant: number;
  /** One step: the next change of the mask of a component, from the mask and its last change. */
  change(mask: number, change: number): number;
}

/** Up to this T the steps themselves are taken. Each adds a rounding, and no digits cancel before the mask passes 1. */
const STEPPED = 256;

/**
 * The mask of r_T = h_T − q·h_{T−1}, h_t = Σ_j ρ₁^{t−j}ρ₂^j (Chebyshev's U: h_t = q^{t/2}U_t(s/(2√q))), as
 *   real roots:    r_T = ρ₁^T + ρ₂(1 − ρ₁)(ρ₁^T − ρ₂^T)/(ρ₁ − ρ₂)
 *   complex roots: r_T = q^{T/2}·(cos Tθ + (s − 2q)·sin Tθ/√(4q − s²)), tan θ = √(4q − s²)/s
 * with 1 − |ρ₁| from the value of the polynomial at ±1, and the difference of the powers from the quotient of the roots.
 * Beyond the stable λ the mask grows, as the run does.
 */
function twoStepMask(iterations: number, recurrence: (singularValue: number) => TwoStep): Mask {
  return (s) => {
    if (s === 0 || iterations === 0) return 0;
    const step = recurrence(s);
    if (iterations <= STEPPED) return takeSteps(iterations, step);
    if (step.product === 0) return 1 - step.sum ** iterations;
    if (step.product < 0) return oppositeRoots(iterations, step);
    if (step.discriminant <= 0) return complexRoots(iterations, step);
    return step.sum > 0 ? positiveRoots(iterations, step) : negativeRoots(iterations, step);
  };
}

function takeSteps(iterations: number, { change }: TwoStep): number {
  let [mask, last] = [0, 0];
  for (let t = 0; t < iterations; t++) {
    last = change(mask, last);
    mask += last;
  }
  return mask;
}

/** (ρ₁^T − ρ₂^T)/(ρ₁ − ρ₂)/ρ₁^T·ρ₂ for roots of one sign, from the product and the difference of their magnitudes. */
function differenceOfPowers(iterations: number, { product, discriminant }: TwoStep, smaller: number): number {
  const difference = Math.sqrt(discriminant);
  const half = Math.asinh(difference / (2 * Math.sqrt(product))); // ½·log(ρ₁/ρ₂)
  if (half === 0) return iterations;
  return (-smaller * Math.expm1(-2 * iterations * half)) / difference;
}

function positiveRoots(iterations: number, step: TwoStep): number {
  const otherGap = (step.sumBelowTwo + Math.sqrt(step.discriminant)) / 2; // 1 − ρ₂
  const gap = step.gap / otherGap; // 1 − ρ₁
  const exponent = iterations * Math.log1p(-gap);
  return -Math.expm1(exponent) - gap * Math.exp(exponent) * differenceOfPowers(iterations, step, 1 - otherGap);
}

function negativeRoots(iterations: number, step: TwoStep): number {
  const sign = iterations % 2 === 0 ? 1 : -1;
  const larger = (Math.sqrt(step.discriminant) - step.sum) / 2; // |ρ₁|
  const smaller = step.product / larger;
  const gap = step.gapAtMinusOne / (1 - smaller); // 1 − |ρ₁|
  const power = Math.exp(iterations * Math.log1p(-gap));
  return 1 - sign * power * (1 + (1 + larger) * differenceOfPowers(iterations, step, smaller));
}

/** |ρ₁| > |ρ₂| with ρ₁ < 0 < ρ₂, and r_T = share·ρ₁^T + (1 − share)·ρ₂^T. */
function oppositeShares({ discriminant, sum, product }: TwoStep) {
  const larger = (Math.sqrt(discriminant) - sum) / 2;
  const smaller = -product / larger;
  return { larger, smaller, share: (larger * (1 - smaller)) / (larger + smaller) };
}

function oppositeRoots(iterations: number, step: TwoStep): number {
  const { smaller, share } = oppositeShares(step);
  const exponent = iterations * Math.log1p(-step.gapAtMinusOne / (1 + smaller)); // T·log|ρ₁|
  const first = iterations % 2 === 0 ? -Math.expm1(exponent) : 1 + Math.exp(exponent);
  return share * first + (1 - share) * (1 - smaller ** iterations);
}

function complexRoots(iterations: number, { sum, logProduct, drift, discriminant }: TwoStep): number {
  const decay = (iterations / 2) * logProduct;
  const power = Math.exp(decay);
  if (power === 0) return 1; // for roots this small the angle and the sine may be NaN
  const root = Math.sqrt(-discriminant);
  const angle = Math.atan2(root, sum);
  // At a double root sin Tθ/√(4q − s²) is T/s, with the sign of sᵀ.
  const sine =
    root === 0
      ? Math.sign(sum) ** iterations * (iterations / Math.abs(sum)) * Math.sign(sum)
      : Math.sin(iterations * angle) / root;
  const turn = 2 * Math.sin((iterations * angle) / 2) ** 2; // 1 − cos Tθ
  return -Math.expm1(decay) + power * (turn - drift * sine);
}

/**
 * A bound of |r_T| that holds from T on. Complex roots: |cos Tθ| ≤ 1 and |sin Tθ| ≤ min(1, T·sin θ). Opposite roots: the
 * sum of the magnitudes of the powers. Roots of one sign: |r_T| itself, which falls, or rises once (both negative) and
 * then falls.
 */
function twoStepEnvelope(iterations: number, recurrence: (singularValue: number) => TwoStep): Mask {
  const mask = twoStepMask(iterations, recurrence);
  return (s) => {
    const step = recurrence(s);
    const { product, drift, discriminant } = step;
    if (product < 0) {
      const { larger, smaller, share } = oppositeShares(step);
      return share * larger ** iterations + (1 - share) * smaller ** iterations;
    }
    if (product === 0 || discriminant >= 0) return Math.abs(1 - mask(s));
    const sine = Math.min(1 / Math.sqrt(-discriminant), iterations / (2 * Math.sqrt(product)));
    const amplitude = Math.min(Math.hypot(1, drift / Math.sqrt(-discriminant)), 1 + Math.abs(drift) * sine);
    return product ** (iterations / 2) * amplitude;
  };
}

/** Mask and envelope of a stationary two-step method by αλ; at β = 0 it is gradient descent, whose residual falls. */
export function twoStepFilter(
  { learningRate, momentum }: TwoStepParameters,
  recurrence: (gap: number) => TwoStep,
): Pick<Method, "mask" | "envelope" | "isMonotone"> {
  if (momentum === 0) {
    return { mask: (iterations) => powerMask(iterations, (s) => learningRate * s * s), isMonotone: true };
  }
  const at = (s: number) => recurrence(learningRate * s * s);
  return {
    mask: (iterations) => twoStepMask(iterations, at),
    envelope: (iterations) => twoStepEnvelope(iterations, at),
  };
}
