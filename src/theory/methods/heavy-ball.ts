import { defineMethod, efficientRate } from "./definition.ts";
import { MOMENTUM_RANGE, slowestRoot, type TwoStepParameters, twoStepFilter } from "./two-step.ts";

/**
 * The heavy ball (B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964):
 * w⁺ = w + β(w − w⁻) − αAᵀ(Aw − y), so that r_T(λ) = β^{T/2}(U_T(z) − √β·U_{T−1}(z)), z = (1 + β − αλ)/(2√β).
 *
 * Its roots ρ² − (1 + β − αλ)ρ + β lie within the unit circle up to where one is −1: λ < 2(1 + β)/α. There the other is
 * −β, and |r_T| = Σ_{j≤T} β^j + β·Σ_{j<T} β^j is the largest for any stable λ: less than (1 + β)/(1 − β) for every T.
 * @throws ArgumentError unless α is finite and above 0, and 0 ≤ β < 1.
 */
export const heavyBall = defineMethod({
  name: "heavyBall",
  label: "heavy ball",
  family: "heavy ball",
  parameters: {
    learningRate: efficientRate,
    momentum: {
      symbol: "β",
      description: "momentum β",
      default: "(1 − σ_K/σ₁)²",
      range: MOMENTUM_RANGE,
      choose: (choice, { learningRate }) => (1 - slowestRoot(choice, learningRate)) ** 2,
    },
  },
  create(parameters: TwoStepParameters) {
    const { learningRate, momentum } = parameters;
    const root = Math.sqrt(momentum);
    const lower = ((1 - momentum) / (1 + root)) ** 2; // (1 − √β)²
    const upper = (1 + root) ** 2;
    return {
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
  },
});
