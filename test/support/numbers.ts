import { expect } from "vitest";

/** float32's unit in the last place of 1. */
export const ULP = 2 ** -23;
/** One rounding of a float32, relative. */
export const HALF_ULP = 2 ** -24;

export const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The largest error, in units of the largest expected number; NaN where a computed one is. */
export function relativeError(computed: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(computed).toHaveLength(expected.length);
  const errors = Array.from(expected, (value, i) => Math.abs((computed[i] as number) - value));
  return Math.max(...errors) / (largest(expected) || 1);
}

/** The sums hi + lo of n interleaved pairs, in float64. */
export function joinTwoFloat(pairs: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const values = new Float64Array(pairs.length / 2);
  for (let i = 0; i < values.length; i++) {
    values[i] = (pairs[2 * i] as number) + (pairs[2 * i + 1] as number);
  }
  return values;
}
