import { requirePositive } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import type { Method } from "./method.ts";
import { powerMask } from "./power.ts";

/**
 * Gradient descent preconditioned by the damped inverse P = (AᵀA + μI)⁻¹, a Levenberg–Marquardt or damped Newton step:
 * r_T(λ) = (1 − αλ/(λ + μ))^T. λ/(λ + μ) < 1, so that α < 2 is stable whatever the spectrum.
 * @throws ArgumentError unless 0 < α < 2, and μ is finite and above 0.
 */
export function preconditioned(parameters: { readonly learningRate: number; readonly mu: number }): Method {
  const { learningRate, mu } = parameters;
  requirePositive("learningRate", learningRate);
  if (learningRate >= 2) {
    throw new ArgumentError(`learningRate: ${learningRate} given, a number between 0 and 2 expected`);
  }
  requirePositive("mu", mu);
  return {
    name: "preconditioned",
    // Divided twice, because s² overflows and underflows where the quotient does not.
    mask: (iterations) => powerMask(iterations, (s) => (s === 0 ? 0 : learningRate / (1 + mu / s / s))),
    iteration: {
      kind: "linear",
      coefficients: () => ({ rate: learningRate, momentum: 0, extrapolation: 0 }),
      preconditioner: (singularValues) => ({
        identity: 0,
        factors: Float64Array.from(singularValues, (s) => 1 / (s * s + mu)),
      }),
    },
    stableBelow: Number.POSITIVE_INFINITY,
    growth: 1,
  };
}

/**
 * Iterated Tikhonov regularisation w⁺ = w + (AᵀA + μI)⁻¹Aᵀ(y − Aw) (J. T. King and D. Chillingworth, "Approximation of
 * generalized inverses by iterated regularization", Numer. Funct. Anal. Optim. 1, 1979): r_T(λ) = (μ/(λ + μ))^T, which
 * is `preconditioned` at α = 1. One step is ridge regression with the penalty μ.
 * @throws ArgumentError unless μ is finite and above 0.
 */
export function iteratedTikhonov({ mu }: { readonly mu: number }): Method {
  return { ...preconditioned({ learningRate: 1, mu }), name: "iteratedTikhonov" };
}
