import { POSITIVE } from "../../checks/values.ts";
import { powerMask } from "../masks.ts";
import { defineMethod, type MethodParameter } from "./definition.ts";
import type { Method } from "./method.ts";

/** λ, which each method chooses in its own way. */
export const damping = { symbol: "λ", description: "damping λ", range: POSITIVE };

/** What a step of these methods costs. */
export const remark = "a step solves with AᵀA + λ";

/**
 * Gradient descent preconditioned by the damped inverse P = (AᵀA + λI)⁻¹, a Levenberg–Marquardt or damped Newton step:
 * r_T(σ²) = (1 − ασ²/(σ² + λ))^T. σ²/(σ² + λ) < 1, so that α < 2 is stable whatever the spectrum.
 *
 * The choice α = 4/3 with λ = σ_K² brings one step nearest to m = 1: within 1/3 for every σ ≥ σ_K.
 * @throws ArgumentError unless 0 < α < 2, and λ is finite and above 0.
 */
export const preconditioned = defineMethod({
  name: "preconditioned",
  label: "damped Newton",
  family: "Tikhonov",
  remark,
  parameters: {
    learningRate: {
      symbol: "α",
      description: "step size α",
      default: "4/3",
      range: { expected: "a number between 0 and 2", holds: (value) => value > 0 && value < 2 },
      choose: () => 4 / 3,
    },
    lambda: {
      ...damping,
      default: "σ_K²",
      choose: (choice) => choice.lambda(choice.components),
    } satisfies MethodParameter,
  },
  needsBasis: true,
  create: (parameters: { readonly learningRate: number; readonly lambda: number }) => dampedNewton(parameters),
});

/** The method that `preconditioned` and `iteratedTikhonov` share. */
export function dampedNewton({ learningRate, lambda }: { readonly learningRate: number; readonly lambda: number }) {
  return {
    // Divided twice, because s² overflows and underflows where the quotient does not.
    mask: (iterations) => powerMask(iterations, (s) => (s === 0 ? 0 : learningRate / (1 + lambda / s / s))),
    iteration: {
      kind: "linear",
      coefficients: () => ({ rate: learningRate, momentum: 0, extrapolation: 0 }),
      preconditioner: (singularValues) => ({
        identity: 0,
        factors: Float64Array.from(singularValues, (s) => 1 / (s * s + lambda)),
      }),
    },
    stableBelow: Number.POSITIVE_INFINITY,
    growth: 1,
    isMonotone: true,
  } satisfies Omit<Method, "name">;
}
