import { defineMethod, type MethodParameter } from "./definition.ts";
import { dampedNewton, damping, remark } from "./preconditioned.ts";

/**
 * Iterated Tikhonov regularisation w⁺ = w + (AᵀA + λI)⁻¹Aᵀ(y − Aw) (J. T. King and D. Chillingworth, "Approximation of
 * generalized inverses by iterated regularization", Numer. Funct. Anal. Optim. 1, 1979): r_T(σ²) = (λ/(σ² + λ))^T, which
 * is `preconditioned` at α = 1. One step is ridge regression with the penalty λ.
 * @throws ArgumentError unless λ is finite and above 0.
 */
export const iteratedTikhonov = defineMethod({
  name: "iteratedTikhonov",
  label: "iterated Tikhonov",
  family: "Tikhonov",
  remark,
  parameters: {
    lambda: { ...damping, default: "10⁻³σ₁²", choose: (choice) => 1e-3 * choice.lambda(1) } satisfies MethodParameter,
  },
  needsBasis: true,
  create: ({ lambda }: { readonly lambda: number }) => dampedNewton({ learningRate: 1, lambda }),
});
