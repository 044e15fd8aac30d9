import { finiteNumbers, requirePositive } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import { powerOfTwoNear } from "./scale.ts";

/**
 * Peak signal-to-noise ratio in dB, 10·log₁₀(peak²/MSE), of `estimate` against `reference`; Infinity where they are
 * equal. `peak` is the greatest value that a signal can take: 1 for pictures scaled to [0, 1], the default.
 * @throws ArgumentError where the lengths differ or are 0, or `peak` is not above 0; NotFiniteError where a number is
 * not finite.
 */
export function psnr(reference: ArrayLike<number>, estimate: ArrayLike<number>, peak = 1): number {
  const [expected, given] = [finiteNumbers("reference", reference), finiteNumbers("estimate", estimate)];
  const count = expected.length;
  if (count === 0 || given.length !== count) {
    throw new ArgumentError(
      `estimate: ${given.length} numbers given for a reference of ${count}, as many as in the reference expected`,
    );
  }
  requirePositive("peak", peak);
  const difference = (factor: number) => expected.map((value, i) => value * factor - (given[i] as number) * factor);
  // Where a difference overflows, the difference of quarters does not. The digits that tiny numbers lose do not matter then.
  const factor = difference(1).every(Number.isFinite) ? 1 : 0.25;
  const differences = difference(factor);
  const unit = powerOfTwoNear(differences);
  const square = differences.reduce((sum, value) => sum + (value / unit) ** 2, 0) / count;
  if (square === 0) return Number.POSITIVE_INFINITY;
  return 20 * (Math.log10(peak) - Math.log10(unit) + Math.log10(factor)) - 10 * Math.log10(square);
}
