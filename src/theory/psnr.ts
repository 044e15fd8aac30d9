import { ArgumentError } from "../errors.ts";
import { requirePositive } from "./checks.ts";

/**
 * Peak signal-to-noise ratio in dB, 10·log₁₀(peak²/MSE), of `estimate` against `reference`; Infinity where they are
 * equal. `peak` is the greatest value that a signal can take: 1 for pictures scaled to [0, 1], the default.
 * @throws ArgumentError where the lengths differ or are 0, or `peak` is not above 0.
 */
export function psnr(reference: ArrayLike<number>, estimate: ArrayLike<number>, peak = 1): number {
  const count = reference.length;
  if (count === 0 || estimate.length !== count) {
    throw new ArgumentError(`estimate: ${estimate.length} numbers given for a reference of ${count}, as many expected`);
  }
  requirePositive("peak", peak);
  let squares = 0;
  for (let i = 0; i < count; i++) squares += ((reference[i] as number) - (estimate[i] as number)) ** 2;
  return 10 * Math.log10((peak * peak * count) / squares);
}
