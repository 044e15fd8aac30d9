import { LONGEST, requireAtMost, requireFinite, requireInteger } from "../checks/values.ts";

function requireCount(count: unknown): asserts count is number {
  requireInteger("count", count, 1);
  requireAtMost("count", count, LONGEST);
}

/**
 * `count` equally spaced numbers from `start` to `stop`, both ends included and exact; one number is `start`.
 * On this grid ReLU with b = x has rank N − 1, since its first sample meets no positive argument.
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

/** So little below (n + 1)/N that it shows in no float32 entry, and enough for two floats to tell. */
const TIE_BREAK = 2 ** -40;

/**
 * Sample positions x_n = (n + 1)/N of the offset grid, N = `count`, n from 0, less 2⁻⁴⁰. With `offsetBiases(count)` no
 * neuron is dead, Heaviside gives exactly the lower triangular matrix L of ones, and ReLU L²/N to 1e-12. Without the 2⁻⁴⁰
 * each sample would meet a bias, where Heaviside is 1: one diagonal more, and the last two rows equal. The impulse meets
 * no bias here, and wants x = b.
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
