import type { Matrix } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import type { Method } from "../theory/methods/method.ts";
import type { DescentState } from "./state.ts";

/** What a descent takes besides A and y. */
export interface DescentOptions extends RunOptions {
  /**
   * α of gradient descent: one for all runs, or one for each. It is stable below 2/σ₁²; 1/σ₁² is the iteration-efficient
   * rate.
   */
  readonly learningRate?: number | ArrayLike<number>;
  /** One of `methods`, instead of `learningRate`: one for all runs, or one for each where all are linear. */
  readonly method?: Method | readonly Method[];
  /** The SVD of A, or its leading triplets. A preconditioned method needs it. */
  readonly basis?: Basis;
  /** q: the number of steps. In a resumed run they are counted from its first start. */
  readonly iterations: number;
  /** The first w: M numbers for all runs, or runs × M; zeros unless given. */
  readonly initialWeights?: ArrayLike<number>;
  /** The state from which to continue, instead of initial weights. */
  readonly resume?: DescentState;
  /** Called with the state that an aborted call has reached, unless it is aborted before the first step. */
  readonly onAbort?: (state: DescentState) => void;
  /**
   * The numbers of the steps after which the loss is recorded, ascending within 0 … q; `[q]` unless given. A resumed run
   * skips those before its state.
   */
  readonly recordAt?: readonly number[];
  /** A rule that chooses one of the recorded steps for each run. */
  readonly stopping?: Stopping;
}

/** The leading right singular vectors of A. The `Svd` of one matrix is a basis, and so is a `TruncatedSvd`. */
export interface Basis {
  /** M × k, in descending order of the singular values. */
  readonly V: Matrix;
  /** k numbers, those of the columns of V. */
  readonly singularValues: ArrayLike<number>;
}

/**
 * A rule that chooses one of the recorded steps for each run. The descent returns the weights there.
 * - "heldOut": the step with the least loss on samples that the descent does not use, `matrix` of N' × M and `y` of N'
 *   numbers or runs × N'.
 * - "discrepancy": the first step whose residual is below the noise, ‖A·w − y‖ < τ·√N·δ, where `noise` is δ, the standard
 *   deviation of the noise of a sample, and `tau` is τ, 1.01 unless given (Morozov 1966). The descent ends soon after every
 *   run has reached that step.
 */
export type Stopping =
  | { readonly rule: "heldOut"; readonly matrix: LinearOperator; readonly y: ArrayLike<number> }
  | { readonly rule: "discrepancy"; readonly noise: number; readonly tau?: number };
