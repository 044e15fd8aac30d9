import { requireInteger } from "../../checks/values.ts";
import { type Mask, openedBy } from "../masks.ts";

/**
 * The mask whose residual is (1 − rate(s))^T: gradient descent's, on a spectrum that something has reshaped.
 * @throws ArgumentError unless T is an integer of at least 0.
 */
export function powerMask(iterations: number, rate: (singularValue: number) => number): Mask {
  requireInteger("iterations", iterations, 0);
  return (s) => openedBy(iterations, rate(s));
}
