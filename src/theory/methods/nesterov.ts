import { defineMethod, efficientRate } from "./definition.ts";
import { MOMENTUM_RANGE, slowestRoot, type TwoStepParameters, twoStepFilter } from "./two-step.ts";

/**
 * Nesterov's method with constant momentum (Yu. Nesterov, "A method of solving a convex programming problem with
 * convergence rate O(1/k²)", 1983; constant β in his "Introductory Lectures on Convex Optimization", 2004): a step of
 * gradient descent from p = w + β(w − w⁻). r_T(λ) = q^{T/2}(U_T(z) − √q·U_{T−1}(z)), q = β(1 − αλ),
 * z = (1 + β)(1 − αλ)/(2√q).
 *
 * Its roots ρ² − (1 + β)(1 − αλ)ρ + β(1 − αλ) lie within the unit circle up to where one is −1:
 * λ < (2 + 2β)/((1 + 2β)α). There |r_T| ≤ 1: for αλ ≥ 1 it is a mean of the powers of the roots; for αλ < 1, complex roots
 * have |r_T| ≤ |ρ|^T(1 + Tδ), δ = (1 − β)/(1 + β), with |ρ| ≤ 1 − δ, and real ones have 0 ≤ r_T ≤ 1.
 * @throws ArgumentError unless α is finite and above 0, and 0 ≤ β < 1.
 */
export const nesterov = defineMethod({
  name: "nesterov",
  label: "Nesterov",
  family: "Nesterov",
  parameters: {
    learningRate: efficientRate,
    momentum: {
      symbol: "β",
      description: "momentum β",
      default: "(σ₁ − σ_K)/(σ₁ + σ_K)",
      range: MOMENTUM_RANGE,
      choose(choice, { learningRate }) {
        const root = slowestRoot(choice, learningRate);
        return (1 - root) / (1 + root);
      },
    },
  },
  create(parameters: TwoStepParameters) {
    const { learningRate, momentum } = parameters;
    return {
      ...twoStepFilter(parameters, (gap) => ({
        gap,
        sum: (1 + momentum) * (1 - gap),
        product: momentum * (1 - gap),
        logProduct: Math.log(momentum) + Math.log1p(-gap),
        sumBelowTwo: 1 - momentum + (1 + momentum) * gap,
        drift: (1 - momentum) * (1 - gap),
        gapAtMinusOne: 2 + 2 * momentum - (1 + 2 * momentum) * gap,
        discriminant: (1 - gap) * ((1 - momentum) ** 2 - (1 + momentum) ** 2 * gap),
        change: (mask, change) => momentum * change + gap * (1 - (mask + momentum * change)),
      })),
      iteration: { kind: "linear", coefficients: () => ({ rate: learningRate, momentum, extrapolation: momentum }) },
      stableBelow: (2 + 2 * momentum) / (1 + 2 * momentum) / learningRate,
      growth: 1,
    };
  },
});
