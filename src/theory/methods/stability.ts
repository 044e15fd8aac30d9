import { requireNotNegative } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import { requireMethod } from "./checks.ts";
import type { Method } from "./method.ts";

/**
 * @throws ArgumentError unless `method` is stable up to σ₁: σ₁² below its `stableBelow`.
 */
export function assertStable(method: Method, largestSingularValue: number): void {
  requireMethod("method", method);
  requireNotNegative("largestSingularValue", largestSingularValue);
  const lambda = largestSingularValue * largestSingularValue;
  if (lambda < method.stableBelow || method.stableBelow === Number.POSITIVE_INFINITY) return;
  throw new ArgumentError(
    `method: ${method.name} at σ₁² = ${lambda} given, σ² below ${method.stableBelow}, where it is stable, expected`,
  );
}
