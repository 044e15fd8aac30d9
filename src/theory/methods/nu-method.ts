import { POSITIVE } from "../../checks/values.ts";
import { defineMethod, MARGIN } from "./definition.ts";
import { gegenbauerAmplitude, gegenbauerFall } from "./gegenbauer.ts";

/** Tolerance for the roundings of α and σ², so that α = 1/σ₁² is stable at σ₁. */
const ROUNDING = 8 * Number.EPSILON;

/**
 * The ν-method (H. Brakhage, "On ill-posed problems and the method of conjugate gradients", 1987; M. Hanke, "Accelerated
 * Landweber iterations for the solution of ill-posed equations", Numer. Math. 60, 1991), whose polynomials are orthogonal
 * on 0 ≤ αλ ≤ 1: r_T(λ) = P_T^{(2ν−½,−½)}(1 − 2αλ)/P_T^{(2ν−½,−½)}(1) = C_{2T}^{2ν}(√(1 − αλ))/C_{2T}^{2ν}(1), Jacobi's
 * and Gegenbauer's polynomials. |r_T| ≤ 1 for αλ ≤ 1 and grows exponentially beyond, where the mask is NaN.
 * @throws ArgumentError unless α is finite and above 0, and ν above 0 and at most
 * 20, beyond which the series of `gegenbauerFall` loses digits.
 */
export const nuMethod = defineMethod({
  name: "nuMethod",
  label: "ν-method",
  family: "semi-iteration",
  parameters: {
    nu: {
      symbol: "ν",
      description: "index ν",
      default: "1",
      range: { expected: "a number above 0 and at most 20", holds: (value) => value > 0 && value <= 20 },
      choose: () => 1,
    },
    learningRate: {
      symbol: "α",
      description: "step size α",
      default: "1/(1.001σ₁²)",
      range: POSITIVE,
      choose: ({ lambda }) => 1 / ((1 + MARGIN) * lambda(1)),
    },
  },
  create({ learningRate, nu }: { readonly learningRate: number; readonly nu: number }) {
    return {
      mask: (iterations) => (s) => {
        const gap = learningRate * s * s;
        if (gap === 0 || iterations === 0) return 0;
        return gap > 1 + ROUNDING ? Number.NaN : gegenbauerFall(2 * iterations, 2 * nu, Math.min(1, gap));
      },
      envelope: (iterations) => (s) => gegenbauerAmplitude(2 * iterations, 2 * nu, Math.min(1, learningRate * s * s)),
      iteration: {
        kind: "linear",
        coefficients: (k) => {
          if (k === 1) return { rate: (learningRate * (4 * nu + 2)) / (4 * nu + 1), momentum: 0, extrapolation: 0 };
          // Products of quotients, because the numerators and denominators would overflow for large k.
          return {
            rate:
              ((learningRate * 4 * (2 * k + 2 * nu - 1)) / (2 * k + 4 * nu - 1)) * ((k + nu - 1) / (k + 2 * nu - 1)),
            momentum:
              ((k - 1) / (k + 2 * nu - 1)) *
              ((2 * k - 3) / (2 * k + 2 * nu - 3)) *
              ((2 * k + 2 * nu - 1) / (2 * k + 4 * nu - 1)),
            extrapolation: 0,
          };
        },
      },
      stableBelow: (1 + ROUNDING) / learningRate,
      growth: 1,
    };
  },
});
