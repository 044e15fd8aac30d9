import { ArgumentError } from "../../errors.ts";
import { shown } from "../checks.ts";

/** @throws ArgumentError unless the parameter of a Gegenbauer polynomial is at most `most`, as far as its series has digits. */
export function requireAtMost(name: string, value: number, most: number): void {
  if (value > most) throw new ArgumentError(`${name}: ${value} given, at most ${most} expected`);
}

/** @throws ArgumentError unless 0 ≤ β < 1. */
export function requireMomentum(momentum: unknown): asserts momentum is number {
  if (typeof momentum !== "number" || !(momentum >= 0 && momentum < 1)) {
    throw new ArgumentError(`momentum: ${shown(momentum)} given, a number from 0 to below 1 expected`);
  }
}
