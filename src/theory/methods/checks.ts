import { ArgumentError } from "../../errors.ts";
import { requireFunction, requireNumber, requireObject, requireString, shown } from "../checks.ts";
import type { Method } from "./method.ts";

/** @throws ArgumentError unless 0 ≤ β < 1. */
export function requireMomentum(momentum: unknown): asserts momentum is number {
  if (typeof momentum !== "number" || !(momentum >= 0 && momentum < 1)) {
    throw new ArgumentError(`momentum: ${shown(momentum)} given, a number from 0 to below 1 expected`);
  }
}

/** @throws ArgumentError unless `method` has what the theory reads of one. */
export function requireMethod(name: string, method: unknown): asserts method is Method {
  requireObject(name, method);
  const { name: own, mask, iteration, stableBelow } = method as Method;
  requireString(`${name}.name`, own);
  requireFunction(`${name}.mask`, mask);
  requireObject(`${name}.iteration`, iteration);
  requireString(`${name}.iteration.kind`, iteration.kind);
  requireNumber(`${name}.stableBelow`, stableBelow);
}
