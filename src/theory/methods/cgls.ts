import { cglsFilter } from "./cgls-filter.ts";
import { defineMethod } from "./definition.ts";

/**
 * CGLS, conjugate gradients on the normal equations (M. R. Hestenes and E. Stiefel, 1952; Å. Björck, "Numerical Methods
 * for Least Squares Problems", 1996): r_T(λ) = Π_j (1 − λ/θ_j), θ_j the Ritz values of AᵀA after T steps. The filter
 * depends on y and may lie outside of [0, 1] without bound; the method converges for every spectrum. ‖y − Aw‖ never grows;
 * `growth` is a bound of this norm.
 *
 * It ends at the Krylov dimension, up to which `iterationsToKeep` looks at every T: O(n²) for n singular values.
 */
export const cgls = defineMethod({
  name: "cgls",
  label: "CGLS",
  family: "conjugate gradients",
  remark: "the count depends on y, and holds in exact arithmetic",
  parameters: {},
  dependsOnTargets: true,
  create: () => ({
    mask: (iterations, problem) => cglsFilter(problem).mask(iterations),
    iteration: { kind: "cgls" },
    stableBelow: Number.POSITIVE_INFINITY,
    growth: 1,
    isMonotone: true,
    iterationsToKeep({ singularValues, components, maskThreshold, problem }) {
      const { keptFrom } = cglsFilter(problem);
      const leading = Array.from({ length: components }, (_, k) => singularValues[k] as number);
      return leading.reduce((steps, s) => Math.max(steps, keptFrom(s, maskThreshold)), 1);
    },
  }),
});
