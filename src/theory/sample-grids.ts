import { LONGEST, requireAtMost, requireFinite, requireInteger } from "../checks/values.ts";

function requireCount(count: unknown): asserts count is number {
  requireInteger("count", count, 1);
  requireAtMost("count", count, LONGEST);
}

/**
 * `count` equally spaced numbers from `start` to `stop`, both ends included and exact; a `count` of 1 gives `start`.
 * On this grid ReLU with b = x has rank N − 1, because the argument of its first sample is never positive.
 * @throws ArgumentError unless `count` is an integer from 1 to 2²⁷ and both ends and their distance are finite.
 */
export function linspace(start: number, stop: number, count: number): Float64Array {
  requireFinite("start", start);
  requireFinite("stop", stop);
  requireCount(count);
  requireFinite("stop − start", stop - start);
  const grid = Float64Array.from({ length: count }, (_, i) => start + (stop - start) * (i / (count - 1 || 1)));
  if (count > 1) grid[count - 1] = stop;
  return grid;
}

/** Too small to change an entry in float32, and large enough for two-floats to resolve. */
const TIE_BREAK = 2 ** -40;

/**
 * Sample positions x_n = (n + 1)/N − 2⁻⁴⁰ of the offset grid, N = `count`, n from 0. With `offsetBiases(count)` no
 * neuron is dead, Heaviside gives exactly the lower triangular matrix L of ones, and ReLU gives L²/N to 1e-12. Without the
 * 2⁻⁴⁰ each sample would equal a bias, where Heaviside is 1: the matrix would have one more diagonal of ones, and its last
 * two rows would be equal. The matrix of the impulse is 0 on this grid; it needs x = b.
 * @throws ArgumentError unless `count` is an integer from 1 to 2²⁷.
 */
export function offsetSamples(count: number): Float64Array {
  requireCount(count);
  return Float64Array.from({ length: count }, (_, n) => (n + 1) / count - TIE_BREAK);
}

/**
 * Biases b_m = m/M of the offset grid, M = `count`, m from 0.
 * @throws ArgumentError unless `count` is an integer from 1 to 2²⁷.
 */
export function offsetBiases(count: number): Float64Array {
  requireCount(count);
  return Float64Array.from({ length: count }, (_, m) => m / count);
}
