import { notNegativeNumbers, POSITIVE, requirePositive } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import { powerMask } from "../masks.ts";
import { defineMethod } from "./definition.ts";

/**
 * EigenPro (S. Ma and M. Belkin, "Diving into the shallows", NeurIPS 2017): gradient descent with the k leading
 * eigenvectors flattened to λ_{k+1}, P = I − Σ_{i≤k} (1 − λ_{k+1}/λ_i) v_i v_iᵀ, which allows a rate λ₁/λ_{k+1} times as
 * large: r_T(λ) = (1 − α·min(λ, λ_{k+1}))^T. αλ_{k+1} < 2, which is required of the parameters, is stable whatever the k
 * leading singular values are.
 * @throws ArgumentError unless k, `eigenvectors`, is an integer of at least 1, `singularValues` has more than k entries,
 * σ_{k+1} is finite and above 0, and 0 < α < 2/λ_{k+1}.
 */
export const eigenPro = defineMethod<
  "eigenPro",
  [{ readonly learningRate: number; readonly eigenvectors: number; readonly singularValues: ArrayLike<number> }]
>({
  name: "eigenPro",
  label: "EigenPro",
  family: "EigenPro",
  remark: "the first k singular vectors known",
  parameters: {
    eigenvectors: {
      symbol: "k",
      description: "number k of leading eigenvectors to flatten",
      default: "⌊K/2⌋",
      range: { expected: "an integer of at least 1", holds: (value) => Number.isInteger(value) && value >= 1 },
      choose: ({ components }) => Math.max(1, Math.floor(components / 2)),
    },
    learningRate: {
      symbol: "α",
      description: "step size α",
      default: "1/σ²ₖ₊₁",
      range: POSITIVE,
      choose: ({ lambda }, { eigenvectors }) => 1 / lambda(eigenvectors + 1),
    },
  },
  needsBasis: true,
  create(parameters) {
    const { learningRate, eigenvectors } = parameters;
    const singularValues = notNegativeNumbers("singularValues", parameters.singularValues);
    if (eigenvectors >= singularValues.length) {
      throw new ArgumentError(
        `eigenvectors: ${eigenvectors} given, below the ${singularValues.length} singular values expected`,
      );
    }
    const next = singularValues[eigenvectors] as number;
    requirePositive(`singularValues[${eigenvectors}]`, next);
    if (!(learningRate * next * next < 2)) {
      throw new ArgumentError(
        `learningRate: ${learningRate} given, below 2/λ = ${2 / next / next} expected, λ being eigenvalue ${eigenvectors + 1}`,
      );
    }
    return {
      mask: (iterations) => powerMask(iterations, (s) => learningRate * Math.min(s, next) * Math.min(s, next)),
      iteration: {
        kind: "linear",
        coefficients: () => ({ rate: learningRate, momentum: 0, extrapolation: 0 }),
        preconditioner: (given) => ({
          identity: 1,
          // A basis may have fewer vectors: the descent that applies P compares the counts and refuses such a basis.
          factors: Float64Array.from({ length: eigenvectors }, (_, i) => {
            const s = given[i] ?? next;
            return s > next ? (next / s) ** 2 - 1 : 0;
          }),
        }),
      },
      stableBelow: Number.POSITIVE_INFINITY,
      growth: 1,
      isMonotone: true,
    };
  },
});
