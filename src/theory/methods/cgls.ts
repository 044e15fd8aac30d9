import { cglsFilter } from "./cgls-filter.ts";
import type { Method } from "./method.ts";

/**
 * CGLS, conjugate gradients on the normal equations (M. R. Hestenes and E. Stiefel, 1952; Å. Björck, "Numerical Methods
 * for Least Squares Problems", 1996): r_T(λ) = Π_j (1 − λ/θ_j), θ_j the Ritz values of AᵀA after T steps. The filter
 * depends on y and may leave [0, 1] without bound; it converges for every spectrum. ‖y − Aw‖ never grows, and `growth`
 * is of that.
 */
export function cgls(): Method {
  return {
    name: "cgls",
    mask: (iterations, problem) => cglsFilter(problem).mask(iterations),
    iteration: { kind: "cgls" },
    stableBelow: Number.POSITIVE_INFINITY,
    growth: 1,
  };
}
