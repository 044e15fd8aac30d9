import { combine } from "./measures.ts";

/** A target that is a power of the spectrum, and its coefficients. */
export interface PowerTarget {
  /** y = Uc. */
  readonly y: readonly number[];
  /** c_k = (σ_k/σ_1)^power. */
  readonly coefficients: Float64Array;
  /** ‖y‖². */
  readonly square: number;
}

/**
 * y = Uc with c_k = (σ_k/σ_1)^power: where σ_k ∝ k^−η, c_k ∝ k^−s for power = s/η.
 * @param U N×N, row-major; of a batch, that of one matrix
 */
export function targetOf({
  U,
  singularValues,
  power,
}: {
  readonly U: ArrayLike<number>;
  readonly singularValues: Float64Array;
  readonly power: number;
}): PowerTarget {
  const coefficients = singularValues.map((s) => (s / (singularValues[0] as number)) ** power);
  return { y: combine(U, coefficients), coefficients, square: coefficients.reduce((sum, c) => sum + c * c, 0) };
}

/**
 * Σc_k² over k > N of a target that goes on as (k − ½)^−s, from its component at N/4. Without it the loss of a rough target
 * falls faster than its law.
 */
export function beyondGrid(coefficients: Float64Array, smoothness: number): number {
  const at = coefficients.length / 4;
  const power = 2 * smoothness - 1;
  return ((coefficients[at - 1] as number) ** 2 * (at - 0.5) ** (power + 1) * coefficients.length ** -power) / power;
}
