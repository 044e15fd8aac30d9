import { notNegativeNumbers, requireInteger, requirePositive } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import type { Method } from "./method.ts";
import { powerMask } from "./power.ts";

/**
 * EigenPro (S. Ma and M. Belkin, "Diving into the shallows", NeurIPS 2017): gradient descent with the k leading
 * directions flattened to λ_{k+1}, P = I − Σ_{i≤k} (1 − λ_{k+1}/λ_i) v_i v_iᵀ, which allows a rate λ₁/λ_{k+1} times as
 * large: r_T(λ) = (1 − α·min(λ, λ_{k+1}))^T. αλ_{k+1} < 2, asked of the parameters, is stable whatever the k leading
 * singular values are.
 * @throws ArgumentError unless k is an integer of at least 1, `singularValues` has more than k entries of which entry
 * k + 1 is finite and above 0, and 0 < α < 2/λ_{k+1}.
 */
export function eigenPro(parameters: {
  readonly learningRate: number;
  readonly components: number;
  readonly singularValues: ArrayLike<number>;
}): Method {
  const { learningRate, components } = parameters;
  const singularValues = notNegativeNumbers("singularValues", parameters.singularValues);
  requireInteger("components", components, 1);
  if (components >= singularValues.length) {
    throw new ArgumentError(
      `components: ${components} given, below the ${singularValues.length} singular values expected`,
    );
  }
  const next = singularValues[components] as number;
  requirePositive(`singularValues[${components}]`, next);
  requirePositive("learningRate", learningRate);
  if (!(learningRate * next * next < 2)) {
    throw new ArgumentError(
      `learningRate: ${learningRate} given, below 2/λ = ${2 / next / next} expected, λ being eigenvalue ${components + 1}`,
    );
  }
  return {
    name: "eigenPro",
    mask: (iterations) => powerMask(iterations, (s) => learningRate * Math.min(s, next) * Math.min(s, next)),
    iteration: {
      kind: "linear",
      coefficients: () => ({ rate: learningRate, momentum: 0, extrapolation: 0 }),
      preconditioner: (given) => ({
        identity: 1,
        // A basis may have fewer vectors: the descent that applies P compares the counts and refuses it.
        factors: Float64Array.from({ length: components }, (_, i) => {
          const s = given[i] ?? next;
          return s > next ? (next / s) ** 2 - 1 : 0;
        }),
      }),
    },
    stableBelow: Number.POSITIVE_INFINITY,
    growth: 1,
  };
}
