import { requireInteger, requireNotNegative, requireObject, requirePositive } from "../checks/values.ts";

/**
 * Shrinkage mask: the factor m(s) by which an operator scales the component of singular value s ≥ 0, so that
 * ŷ = U (m(σ) ∘ Uᵀy) and w = V (m(σ)/σ ∘ Uᵀy). Every mask is 0 at s = 0, because w stays in the row space of A. A mask
 * takes any s > 0 as exact: first set those σ of a computed spectrum to 0 that are rounding noise, as `shrink` does.
 */
export type Mask = (singularValue: number) => number;

/** Ridge regression with penalty λ‖w‖²: m(s) = s²/(s² + λ). λ = 0 is least squares, of minimum norm. */
function ridge({ lambda }: { lambda: number }): Mask {
  requireNotNegative("lambda", lambda);
  // Divided twice, because s² and s² + λ overflow where the mask does not.
  return (s) => (s === 0 ? 0 : 1 / (1 + lambda / s / s));
}

/** Principal components, the hard threshold κ: m(s) = 1 for s ≥ κ, else 0. */
function pca({ threshold }: { threshold: number }): Mask {
  requireNotNegative("threshold", threshold);
  return (s) => (s > 0 && s >= threshold ? 1 : 0);
}

/**
 * q steps of gradient descent from w = 0: m(s) = 1 − (1 − αs²)^q, with α the learning rate and q an integer.
 * Accurate to a few units in the last place for αs² ≤ 1, however small αs² or large q, because it is computed as
 * −expm1(q·log1p(−αs²)). For 1 < αs² < 2 the mask alternates about 1; beyond 2 it diverges, up to ±Infinity.
 */
function gradientDescent({ learningRate, iterations }: { learningRate: number; iterations: number }): Mask {
  requirePositive("learningRate", learningRate);
  requireInteger("iterations", iterations, 0);
  return powerMask(iterations, (s) => learningRate * s * s);
}

/** The mask of the residual (1 − rate(s))^iterations: gradient descent, with αs² replaced by another function of s. */
export function powerMask(iterations: number, rate: (singularValue: number) => number): Mask {
  return (s) => {
    const own = rate(s);
    if (iterations === 0 || own === 0) return 0;
    if (own <= 1) return -Math.expm1(iterations * Math.log1p(-own));
    // log(rate − 1) as log1p(rate − 2): the subtraction is exact up to 4, and the logarithm keeps its digits near 0.
    return 1 - (iterations % 2 === 0 ? 1 : -1) * Math.exp(iterations * Math.log1p(own - 2));
  };
}

/** Gradient flow for time t = αq, the limit of gradient descent for small αs²: m(s) = 1 − exp(−αqs²). */
function gradientFlow({ learningRate, iterations }: { learningRate: number; iterations: number }): Mask {
  requirePositive("learningRate", learningRate);
  requireNotNegative("iterations", iterations);
  return (s) => (iterations === 0 ? 0 : -Math.expm1(-iterations * (learningRate * s * s)));
}

/** The same mask, which throws an ArgumentError where s is not finite or below 0. */
export function ofSingularValues(mask: Mask): Mask {
  return (s) => {
    requireNotNegative("singularValue", s);
    return mask(s);
  };
}

function checked<Parameters extends object>(make: (parameters: Parameters) => Mask): (parameters: Parameters) => Mask {
  return (parameters) => {
    requireObject("parameters", parameters);
    return ofSingularValues(make(parameters));
  };
}

/**
 * The masks of S. Lucey, "Gradient Descent as a Shrinkage Operator for Spectral Bias" (arXiv 2504.18207), in float64.
 * @throws ArgumentError from each unless λ ≥ 0, κ ≥ 0, α > 0, q ≥ 0, all finite, and q an integer in gradient descent;
 * from a mask unless s is finite and at least 0.
 */
export const masks = {
  ridge: checked(ridge),
  pca: checked(pca),
  gradientDescent: checked(gradientDescent),
  gradientFlow: checked(gradientFlow),
} as const;
