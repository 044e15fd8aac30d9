import { ArgumentError } from "../errors.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";

/**
 * Which of the steps that a call records to keep the weights of:
 * "heldOut": the one with the least loss on samples that take no part in the descent, A' and y' (N' numbers, or runs × N');
 * "discrepancy": the first whose residual is below the noise, ‖A·w − y‖ < τ·√N·δ with δ the noise's standard
 * deviation a sample (Morozov 1966); the descent ends soon after. τ is 1.01 unless given.
 */
export type Stopping =
  | { readonly rule: "heldOut"; readonly matrix: LinearOperator; readonly y: ArrayLike<number> }
  | { readonly rule: "discrepancy"; readonly noise: number; readonly tau?: number };

/** The steps that a rule chose. */
export interface Stopped {
  /** For each run the step, or undefined where no recorded step met the rule. */
  readonly iterations: readonly (number | undefined)[];
  /** runs × M: the weights at these steps, zeros where there is none. */
  readonly weights: Float32Array;
}

/** @throws ArgumentError where the held-out samples are not of A's columns. */
export function requireStopping(stopping: Stopping, cols: number): void {
  if (stopping.rule === "heldOut" && stopping.matrix.cols !== cols) {
    throw new ArgumentError(
      `stopping.matrix: ${stopping.matrix.cols} columns given, ${cols} expected, as A has; its rows are other samples`,
    );
  }
}
