import { powerMask } from "../masks.ts";
import { iterationsFor } from "../proposition.ts";
import { defineMethod, efficientRate } from "./definition.ts";

/**
 * Gradient descent on ½‖Aw − y‖² at the rate α, Landweber's iteration (L. Landweber, Amer. J. Math. 73, 1951):
 * r_T(λ) = (1 − αλ)^T. |1 − αλ| < 1 for λ < 2/α.
 *
 * `iterationsToKeep` counts its iterations by Proposition 4.2.
 * @throws ArgumentError unless α is finite and above 0.
 */
export const gradientDescent = defineMethod({
  name: "gradientDescent",
  label: "gradient descent",
  family: "gradient descent",
  parameters: { learningRate: efficientRate },
  create({ learningRate }: { readonly learningRate: number }) {
    return {
      mask: (iterations) => powerMask(iterations, (s) => learningRate * s * s),
      iteration: {
        kind: "linear",
        coefficients: () => ({ rate: learningRate, momentum: 0, extrapolation: 0 }),
      },
      stableBelow: 2 / learningRate,
      growth: 1,
      isMonotone: true,
      iterationsToKeep: ({ singularValues, components, maskThreshold, law = "gradientDescent" }) =>
        iterationsFor({ singularValues, components, learningRate, maskThreshold, law }),
    };
  },
});
