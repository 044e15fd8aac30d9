import type { Mask } from "../masks.ts";

/**
 * What step t = 1, 2, … takes: with d = w − w⁻, 0 at first, p = w + extrapolation·d and
 * w⁺ = w + momentum·d − rate·P·Aᵀ(A p − y).
 */
export interface StepCoefficients {
  readonly rate: number;
  readonly momentum: number;
  readonly extrapolation: number;
}

/** P = identity·1 + V diag(factors) Vᵀ on the leading right singular vectors, as many as there are factors. */
export interface Preconditioner {
  readonly identity: number;
  readonly factors: Float64Array;
}

/** What of a problem the filter of CGLS depends on: σ, descending, and as many entries of Uᵀy. */
export interface SpectralProblem {
  readonly singularValues: ArrayLike<number>;
  readonly coefficients: ArrayLike<number>;
}

/** How a method walks from w = 0; the GPU has one schedule for each kind. */
export type Iteration =
  | {
      readonly kind: "linear";
      coefficients(step: number): StepCoefficients;
      /** From σ, descending; P = 1 where there is none. */
      preconditioner?(singularValues: ArrayLike<number>): Preconditioner;
    }
  | { readonly kind: "cgls" }
  | { readonly kind: "sgd"; readonly learningRate: number; readonly samples: number; readonly seed: number };

export type MethodName =
  | "gradientDescent"
  | "heavyBall"
  | "nesterov"
  | "acceleratedNesterov"
  | "chebyshev"
  | "nuMethod"
  | "iteratedTikhonov"
  | "preconditioned"
  | "eigenPro"
  | "cgls"
  | "sgd";

/** An optimiser: its iteration, and the filter that it is. */
export interface Method {
  readonly name: MethodName;
  /**
   * The mask 1 − r_T(s²) after T = `iterations` steps from w = 0, r_T the residual polynomial. It is finite for s² below
   * `stableBelow`; beyond, as the run, it may be infinite or NaN, and so may CGLS's at an s that is none of its problem's.
   * @throws ArgumentError unless T is an integer of at least 0; from CGLS without `problem`; from the mask unless s is
   * finite and at least 0.
   */
  mask(iterations: number, problem?: SpectralProblem): Mask;
  readonly iteration: Iteration;
  /** The λ = σ² below which the iteration is stable; Infinity where it always is, or the bound is beyond float64. */
  readonly stableBelow: number;
  /** A bound of |r_T(λ)| over all T and all stable λ: how far a run that converges may outgrow its start on the way. */
  readonly growth: number;
}
