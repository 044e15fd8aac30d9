import { ArgumentError } from "../../errors.ts";
import { shown } from "../checks.ts";

/** @throws ArgumentError unless 0 ≤ β < 1. */
export function requireMomentum(momentum: unknown): asserts momentum is number {
  if (typeof momentum !== "number" || !(momentum >= 0 && momentum < 1)) {
    throw new ArgumentError(`momentum: ${shown(momentum)} given, a number from 0 to below 1 expected`);
  }
}
