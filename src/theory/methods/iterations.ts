import { requireAtMost, requireFraction, requireInteger, requireObject } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import { bisect, COUNTABLE } from "../bisection.ts";
import { iterationsFor, spectrumOf } from "../proposition.ts";
import { cglsFilter } from "./cgls-filter.ts";
import { requireMethod } from "./checks.ts";
import type { EnvelopedMethod } from "./envelope.ts";
import type { SpectralProblem } from "./method.ts";
import { assertStable } from "./stability.ts";

/** Slack on ε for the roundings of a mask, so that a T that meets ε exactly counts. */
const rounding = 64 * Number.EPSILON;

/**
 * The smallest number of iterations T ≥ 1 that keeps the first `components` components: from T on the mask of each of
 * σ₁ … σ_K stays within ε = `maskThreshold` of 1.
 *   Where |r_T| falls with T (gradientDescent, iteratedTikhonov, preconditioned, eigenPro, sgd in the mean) that is the
 *   first T with |1 − m| ≤ ε at all of them; for gradient descent that of `iterationsFor`.
 *   Where r_T oscillates (heavyBall, nesterov, acceleratedNesterov, chebyshev, nuMethod) it is the first T at which the
 *   amplitude, the method's `envelope`, is down to ε: the mask stays within ε from then on, and may have come within it
 *   up to about one oscillation before.
 *   For CGLS, which ends at the Krylov dimension, it is the first T from which every later mask is within ε, in O(n²).
 * @throws ArgumentError where K is not in 1 … count, ε not between 0 and 1, the spectrum not descending, σ_K is 0, the
 * method is unstable at σ₁, CGLS has no `problem`, or none of the first 2⁵² iterations keeps them (of
 * gradient descent, whose number is a formula, none that is finite).
 */
export function iterationsToKeep(request: {
  readonly method: EnvelopedMethod;
  /** σ, descending, σ₁ > 0. */
  readonly singularValues: ArrayLike<number>;
  /** K. */
  readonly components: number;
  /** ε. Default 1/e. */
  readonly maskThreshold?: number;
  /** CGLS's σ and Uᵀy. */
  readonly problem?: SpectralProblem;
}): number {
  requireObject("request", request);
  const { method, components, maskThreshold = 1 / Math.E, problem } = request;
  const singularValues = spectrumOf(request.singularValues);
  requireMethod("method", method);
  const leading = firstOf(singularValues, components);
  requireFraction("maskThreshold", maskThreshold);
  assertStable(method, leading[0] as number);
  const { iteration } = method;
  if (iteration.kind === "cgls") return cglsIterations(leading, maskThreshold, problem);
  if (method.name === "gradientDescent" && iteration.kind === "linear") {
    const learningRate = iteration.coefficients(1).rate;
    return iterationsFor({
      singularValues,
      components,
      learningRate,
      maskThreshold,
      mask: "gradientDescent",
    });
  }
  const amplitude =
    method.envelope?.bind(method) ??
    ((iterations: number) => {
      const mask = method.mask(iterations);
      return (s: number) => Math.abs(1 - mask(s));
    });
  const limit = maskThreshold * (1 + rounding);
  // The smallest σ first, which is the slowest as a rule: then one look at each of the others.
  return leading.reduceRight((iterations, s) => firstWhere(iterations, s, (T) => amplitude(T)(s) <= limit), 1);
}

function firstOf(singularValues: Float64Array, components: number): Float64Array {
  requireInteger("components", components, 1);
  requireAtMost("components", components, singularValues.length);
  const leading = singularValues.subarray(0, components);
  if (leading[components - 1] === 0) throw notKept(0);
  return leading;
}

function notKept(singularValue: number): ArgumentError {
  return new ArgumentError(
    `components: up to σ = ${singularValue} given, larger σ expected: no number of iterations up to 2⁵² keeps it`,
  );
}

/** The smallest T of at least `from` at which `holds`, which stays true once it is, by doubling and bisection. */
function firstWhere(from: number, singularValue: number, holds: (iterations: number) => boolean): number {
  if (holds(from)) return from;
  let [below, at] = [from, 2 * from];
  while (!holds(at)) {
    if (at >= COUNTABLE) throw notKept(singularValue);
    [below, at] = [at, 2 * at];
  }
  return bisect(below, at, holds);
}

function cglsIterations(leading: Float64Array, maskThreshold: number, problem: SpectralProblem | undefined): number {
  const filter = cglsFilter(problem);
  const first = leading.reduce((T, s) => Math.max(T, filter.keptFrom(s, maskThreshold)), 1);
  if (first === Number.POSITIVE_INFINITY) throw notKept(leading[leading.length - 1] as number);
  return first;
}
