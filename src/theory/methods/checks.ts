import {
  finiteNumbers,
  notNegativeNumbers,
  refusal,
  requireFunction,
  requireNumber,
  requireObject,
  requireString,
} from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import type { Method, SpectralProblem } from "./method.ts";

/** @throws ArgumentError unless 0 ≤ β < 1. */
export function requireMomentum(momentum: unknown): asserts momentum is number {
  if (typeof momentum !== "number" || !(momentum >= 0 && momentum < 1)) {
    throw refusal("momentum", momentum, "a number from 0 to below 1");
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

/**
 * σ and Uᵀy in arrays of their own.
 * @throws ArgumentError where there is no problem, the lengths differ or a σ is negative, NotFiniteError where σ or Uᵀy is
 * not finite.
 */
export function requireProblem(problem: SpectralProblem | undefined) {
  if (problem === undefined) {
    throw new ArgumentError("problem: none given, singular values and coefficients expected: CGLS depends on y");
  }
  requireObject("problem", problem);
  const singularValues = notNegativeNumbers("singularValues", problem.singularValues);
  const coefficients = finiteNumbers("coefficients", problem.coefficients);
  if (singularValues.length !== coefficients.length) {
    throw new ArgumentError(
      `coefficients: ${coefficients.length} given, as many as singular values, ${singularValues.length}, expected`,
    );
  }
  return { singularValues, coefficients };
}
