import { requirePositive } from "../../checks/values.ts";
import { requireMomentum } from "./checks.ts";
import type { EnvelopedMethod } from "./envelope.ts";
import { twoStepFilter } from "./two-step.ts";

/**
 * The heavy ball (B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964):
 * w⁺ = w + β(w − w⁻) − αAᵀ(Aw − y), so that r_T(λ) = β^{T/2}(U_T(z) − √β·U_{T−1}(z)), z = (1 + β − αλ)/(2√β).
 *
 * Its roots ρ² − (1 + β − αλ)ρ + β lie within the unit circle up to where one is −1: λ < 2(1 + β)/α. There the other is
 * −β, and |r_T| = Σ_{j≤T} β^j + β·Σ_{j<T} β^j is the most that any stable λ reaches: (1 + β)/(1 − β) over all T.
 * @throws ArgumentError unless α is finite and above 0, and 0 ≤ β < 1.
 */
export function heavyBall(parameters: { readonly learningRate: number; readonly momentum: number }): EnvelopedMethod {
  const { learningRate, momentum } = parameters;
  requirePositive("learningRate", learningRate);
  requireMomentum(momentum);
  const root = Math.sqrt(momentum);
  const lower = ((1 - momentum) / (1 + root)) ** 2; // (1 − √β)²
  const upper = (1 + root) ** 2;
  return {
    name: "heavyBall",
    ...twoStepFilter(parameters, (gap) => ({
      gap,
      sum: 1 + momentum - gap,
      product: momentum,
      logProduct: Math.log(momentum),
      sumBelowTwo: 1 - momentum + gap,
      drift: 1 - momentum - gap,
      gapAtMinusOne: 2 + 2 * momentum - gap,
      discriminant: (lower - gap) * (upper - gap),
      change: (mask, change) => momentum * change + gap * (1 - mask),
    })),
    iteration: { kind: "linear", coefficients: () => ({ rate: learningRate, momentum, extrapolation: 0 }) },
    stableBelow: (2 * (1 + momentum)) / learningRate,
    growth: (1 + momentum) / (1 - momentum),
  };
}
