export interface Accuracy {
  /** Leading singular values within 1 % of the reference, up to the first that is not. */
  readonly leading: number;
  /** Largest |Δσ| in units of σ₁·2⁻²³, float32's spacing at σ₁; null where a value is not finite. */
  readonly error: number | null;
}

/** Both descending, of equal length. */
export function accuracy(values: ArrayLike<number>, reference: ArrayLike<number>): Accuracy {
  const errors = Array.from(reference, (exact, k) => Math.abs((values[k] ?? Number.NaN) - exact));
  const miss = errors.findIndex((error, k) => !(error <= 0.01 * (reference[k] ?? 0)));
  const largest = Math.max(...errors);
  return {
    leading: miss < 0 ? errors.length : miss,
    error: Number.isFinite(largest) ? largest / ((reference[0] ?? 0) * 2 ** -23) : null,
  };
}
