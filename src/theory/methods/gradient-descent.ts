import { requirePositive } from "../../checks/values.ts";
import { masks } from "../masks.ts";
import type { Method } from "./method.ts";

/**
 * Gradient descent on ½‖Aw − y‖² at the rate α, Landweber's iteration (L. Landweber, Amer. J. Math. 73, 1951):
 * r_T(λ) = (1 − αλ)^T. |1 − αλ| < 1 for λ < 2/α.
 * @throws ArgumentError unless α is finite and above 0.
 */
export function gradientDescent({ learningRate }: { readonly learningRate: number }): Method {
  requirePositive("learningRate", learningRate);
  return {
    name: "gradientDescent",
    mask: (iterations) => masks.gradientDescent({ learningRate, iterations }),
    iteration: {
      kind: "linear",
      coefficients: () => ({ rate: learningRate, momentum: 0, extrapolation: 0 }),
    },
    stableBelow: 2 / learningRate,
    growth: 1,
  };
}
