import { requireInteger } from "../../checks/values.ts";
import { powerMask } from "../masks.ts";
import { defineMethod, efficientRate } from "./definition.ts";

/**
 * Stochastic gradient descent (H. Robbins and S. Monro, Ann. Math. Statist. 22, 1951; on least squares, B. Widrow and
 * M. E. Hoff, 1960): each step takes one of the N rows, drawn uniformly with replacement, w⁺ = w − α(a_n·w − y_n)a_n.
 * The mean over the draws is gradient descent at α/N, r_T(λ) = (1 − αλ/N)^T, and `mask` is that mean. Single runs scatter
 * about it.
 *
 * `stableBelow`, 2N/α, is where the mean stops converging. That λ stays below it is necessary, not sufficient: single runs
 * stay bounded where α‖a_n‖² < 2 for every row, which the spectrum alone does not show. With the choice α = 1/σ₁² every
 * run does, because no row is longer than σ₁. `growth` is an allowance for the scatter; a run that diverges soon exceeds
 * it.
 * @throws ArgumentError unless α is finite and above 0, N an integer of at least 1, the seed one from 0 to 2³² − 1.
 */
export const sgd = defineMethod({
  name: "sgd",
  label: "SGD",
  family: "gradient descent",
  remark: "in the mean; a step sees one row of N",
  parameters: {
    learningRate: efficientRate,
    seed: {
      symbol: "seed",
      description: "seed of the draws",
      default: "1",
      range: {
        expected: "an integer from 0 to 2³² − 1",
        holds: (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
      },
      choose: () => 1,
    },
  },
  create(parameters: { readonly learningRate: number; readonly samples: number; readonly seed: number }) {
    const { learningRate, samples, seed } = parameters;
    requireInteger("samples", samples, 1);
    return {
      mask: (iterations) => powerMask(iterations, (s) => (learningRate / samples) * s * s),
      iteration: { kind: "sgd", learningRate, samples, seed },
      stableBelow: (2 * samples) / learningRate,
      growth: 1024,
      isMonotone: true,
    };
  },
});
