import { requireAtMost, requireInteger, requirePositive } from "../../checks/values.ts";
import type { Method } from "./method.ts";
import { powerMask } from "./power.ts";

/**
 * Stochastic gradient descent (H. Robbins and S. Monro, Ann. Math. Statist. 22, 1951; on least squares, B. Widrow and
 * M. E. Hoff, 1960): each step takes one of the N rows, drawn uniformly with replacement, w⁺ = w − α(a_n·w − y_n)a_n.
 * In the mean over the draws it is gradient descent at α/N, r_T(λ) = (1 − αλ/N)^T, and `mask` is that mean. Single runs
 * scatter about it.
 *
 * `stableBelow`, 2N/α, is where the mean stops converging: necessary, not sufficient. Single runs stay bounded where
 * α‖a_n‖² < 2 for every row, which the spectrum alone does not tell. Nor does it bound how far they scatter on the way:
 * `growth` is an allowance, and a run that diverges outgrows it soon all the same.
 * @throws ArgumentError unless α is finite and above 0, N an integer of at least 1, the seed one from 0 to 2³² − 1.
 */
export function sgd(parameters: {
  readonly learningRate: number;
  readonly samples: number;
  readonly seed: number;
}): Method {
  const { learningRate, samples, seed } = parameters;
  requirePositive("learningRate", learningRate);
  requireInteger("samples", samples, 1);
  requireInteger("seed", seed, 0);
  requireAtMost("seed", seed, 2 ** 32 - 1);
  return {
    name: "sgd",
    mask: (iterations) => powerMask(iterations, (s) => (learningRate / samples) * s * s),
    iteration: { kind: "sgd", learningRate, samples, seed },
    stableBelow: (2 * samples) / learningRate,
    growth: 1024,
  };
}
