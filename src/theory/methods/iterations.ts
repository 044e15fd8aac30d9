import { requireAtMost, requireFraction, requireInteger, requireObject } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import { firstWhere } from "../bisection.ts";
import { requireLaw, spectrumOf } from "../proposition.ts";
import { assertStable, type KeepRequest, type Method, requireMethod } from "./method.ts";

/** Tolerance on ε for the roundings of a mask, so that a mask that is exactly ε from 1 counts as within ε. */
const ROUNDING = 64 * Number.EPSILON;

/** What `iterationsToKeep` takes. */
export type IterationsRequest = Omit<KeepRequest, "maskThreshold"> & {
  readonly method: Method;
  /** ε: a component is kept where the mask stays within ε of 1. Default 1/e. */
  readonly maskThreshold?: number;
};

/**
 * The smallest number of iterations T ≥ 1 that keeps the first `components` components: from T on the mask of each of
 * σ₁ … σ_K stays within ε = `maskThreshold` of 1.
 *   Where |r_T| falls with T, that is the first T with |1 − m| ≤ ε at all of them.
 *   Where r_T oscillates, it is the first T at which the amplitude, the `envelope` of the method, is at most ε: the mask
 *   stays within ε from then on, and may have come within it up to about one oscillation before.
 *   Gradient descent counts by Proposition 4.2, as `iterationsFor`. CGLS ends at the Krylov dimension, and its answer is the
 *   first T from which on every mask is within ε, in O(n²).
 * @throws ArgumentError where K is not in 1 … count, ε not between 0 and 1, the spectrum not descending, σ_K is 0, the
 * method is unstable at σ₁, the filter depends on y and there is no `problem`, or none of the first 2⁵² iterations keeps
 * them (for gradient descent, whose number is a formula, no finite one).
 */
export function iterationsToKeep(request: IterationsRequest): number {
  const iterations = countIterations(request);
  if (iterations < Number.POSITIVE_INFINITY) return iterations;
  throw notKept(request.singularValues[request.components - 1] as number);
}

/** `iterationsToKeep`, with Infinity where none of the first 2⁵² iterations keeps the components. */
export function countIterations(request: IterationsRequest): number {
  requireObject("request", request);
  const { method, components, maskThreshold = 1 / Math.E, law, problem } = request;
  const singularValues = spectrumOf(request.singularValues);
  requireMethod("method", method);
  requireInteger("components", components, 1);
  requireAtMost("components", components, singularValues.length);
  if (singularValues[components - 1] === 0) throw notKept(0);
  requireFraction("maskThreshold", maskThreshold);
  if (law !== undefined) requireLaw(law);
  assertStable(method, singularValues[0] as number);
  return (
    method.iterationsToKeep?.({
      singularValues,
      components,
      maskThreshold,
      ...(law && { law }),
      ...(problem && { problem }),
    }) ?? search(method, singularValues.subarray(0, components), maskThreshold, problem)
  );
}

function search(method: Method, leading: Float64Array, maskThreshold: number, problem: KeepRequest["problem"]): number {
  const amplitude =
    method.envelope?.bind(method) ??
    ((iterations: number) => {
      const mask = method.mask(iterations, problem);
      return (s: number) => Math.abs(1 - mask(s));
    });
  const limit = maskThreshold * (1 + ROUNDING);
  let iterations = 1;
  // The smallest σ first, which is the slowest as a rule: each of the others then takes one evaluation.
  for (const s of leading.toReversed()) {
    iterations = firstWhere(iterations, (T) => amplitude(T)(s) <= limit);
    if (iterations === Number.POSITIVE_INFINITY) break;
  }
  return iterations;
}

function notKept(singularValue: number): ArgumentError {
  return new ArgumentError(
    `components: up to σ = ${singularValue} given, larger σ expected: no number of iterations up to 2⁵² keeps it`,
  );
}
