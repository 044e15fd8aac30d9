import {
  finiteNumbers,
  notNegativeNumbers,
  requireBoolean,
  requireFunction,
  requireNotNegative,
  requireNumber,
  requireObject,
  requireString,
} from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import type { Mask } from "../masks.ts";
import type { ShrinkageLaw } from "../proposition.ts";

/**
 * What step t = 1, 2, … takes: with d = w − w⁻, which is 0 at first, p = w + extrapolation·d and
 * w⁺ = w + momentum·d − rate·P·Aᵀ(A p − y).
 */
export interface StepCoefficients {
  /** The factor of the gradient. */
  readonly rate: number;
  /** The share of the last step that is taken again. */
  readonly momentum: number;
  /** How far ahead of w, in last steps, the gradient is taken. */
  readonly extrapolation: number;
}

/** P = identity·1 + V diag(factors) Vᵀ on the leading right singular vectors, as many as there are factors. */
export interface Preconditioner {
  /** The factor of all directions. */
  readonly identity: number;
  /** What is added to it in each leading direction. */
  readonly factors: Float64Array;
}

/** A least-squares problem in the basis of the SVD: σ, descending, and as many entries of Uᵀy. */
export interface SpectralProblem {
  /** σ, descending. */
  readonly singularValues: ArrayLike<number>;
  /** Uᵀy. */
  readonly coefficients: ArrayLike<number>;
}

/** How a method iterates from w = 0; the GPU has one schedule for each kind. */
export type Iteration =
  | {
      readonly kind: "linear";
      coefficients(step: number): StepCoefficients;
      /** From σ, descending; P = 1 where there is none. */
      preconditioner?(singularValues: ArrayLike<number>): Preconditioner;
    }
  | { readonly kind: "cgls" }
  | { readonly kind: "sgd"; readonly learningRate: number; readonly samples: number; readonly seed: number };

/** What a method with an `iterationsToKeep` of its own is given. */
export interface KeepRequest {
  /** σ, descending, σ₁ > 0. */
  readonly singularValues: ArrayLike<number>;
  /** K. */
  readonly components: number;
  /** ε: a component is kept where the mask stays within ε of 1. */
  readonly maskThreshold: number;
  /** The law of Proposition 4.2 that gradient descent's steps are counted by; that of its own steps unless given. */
  readonly law?: ShrinkageLaw;
  /** Needed where the filter depends on y. */
  readonly problem?: SpectralProblem;
}

/** An optimiser with its parameters: how it iterates, and the filter that it is. */
export interface Method {
  /** The name of its definition. */
  readonly name: string;
  /**
   * The mask 1 − r_T(s²) after T = `iterations` steps from w = 0, with r_T the residual polynomial. It is finite for s²
   * below `stableBelow`. Beyond, it may be infinite or NaN, as the run may; so may the mask of CGLS at an s that is no
   * singular value of its problem.
   * @throws ArgumentError unless T is an integer of at least 0; where the filter depends on y and there is no `problem`;
   * from the mask unless s is finite and at least 0.
   */
  mask(iterations: number, problem?: SpectralProblem): Mask;
  /** What its steps compute. */
  readonly iteration: Iteration;
  /** The λ = σ² below which the iteration is stable; Infinity where it always is, or the bound is beyond float64. */
  readonly stableBelow: number;
  /** A bound of |r_T(λ)| over all T and all stable λ: how far the residual of a run that converges may grow at first. */
  readonly growth: number;
  /** Whether ‖y − Aw‖ falls with T for every y wherever the method is stable. Default false. */
  readonly isMonotone?: boolean;
  /** Whether the filter depends on y: then `mask` needs the problem. Default false. */
  readonly dependsOnTargets?: boolean;
  /**
   * By σ, a bound of |r_T(σ²)| from T = `iterations` steps on: where it has fallen to some ε < 1, |r_T| remains at most ε.
   * Absent where |r_T| itself falls with T.
   */
  envelope?(iterations: number): (singularValue: number) => number;
  /** The answer of `iterationsToKeep`, Infinity where there is none; absent where a search over T finds it. */
  iterationsToKeep?(request: KeepRequest): number;
}

/** @throws ArgumentError unless `method` has the members that the theory reads. */
export function requireMethod(name: string, method: unknown): asserts method is Method {
  requireObject(name, method);
  const {
    name: own,
    mask,
    iteration,
    stableBelow,
    isMonotone,
    dependsOnTargets,
    envelope,
    iterationsToKeep,
  } = method as Method;
  requireString(`${name}.name`, own);
  requireFunction(`${name}.mask`, mask);
  requireObject(`${name}.iteration`, iteration);
  requireString(`${name}.iteration.kind`, iteration.kind);
  requireNumber(`${name}.stableBelow`, stableBelow);
  for (const [key, flag] of Object.entries({ isMonotone, dependsOnTargets })) {
    if (flag !== undefined) requireBoolean(`${name}.${key}`, flag);
  }
  for (const [key, rule] of Object.entries({ envelope, iterationsToKeep })) {
    if (rule !== undefined) requireFunction(`${name}.${key}`, rule);
  }
}

/**
 * σ and Uᵀy in arrays of their own.
 * @throws ArgumentError where `problem` is missing, the lengths differ or a σ is negative; NotFiniteError where σ or Uᵀy is
 * not finite.
 */
export function requireProblem(problem: SpectralProblem | undefined) {
  if (problem === undefined) {
    throw new ArgumentError("problem: none given, singular values and coefficients expected: the filter depends on y");
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

/**
 * @throws ArgumentError unless `method` is stable up to σ₁, that is, σ₁² is below its `stableBelow`.
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
