import { ArgumentError } from "../../errors.ts";

/** @throws ArgumentError unless 0 ≤ β < 1. */
export function requireMomentum(momentum: number): void {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new ArgumentError(`momentum: ${momentum} given, a number from 0 to below 1 expected`);
  }
}
