import { finiteNumbers, LONGEST, requireAtMost, requireFinite, requireInteger } from "../checks/values.ts";

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

/**
 * The centres of the cells of a grid on the unit cube, such as the pixels of a picture: ∏n_d positions of D coordinates
 * (i_d + ½)/n_d, row-major, the last coordinate running fastest. `shape` is n_1 … n_D, for a picture its rows and columns.
 * @throws ArgumentError unless each n_d is an integer of at least 1 and the result has at most 2²⁷ numbers.
 */
export function gridCentres(shape: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const sizes = finiteNumbers("shape", shape);
  const dimensions = sizes.length;
  requireInteger("dimensions", dimensions, 1);
  for (const [d, size] of sizes.entries()) requireInteger(`shape[${d}]`, size, 1);
  const count = sizes.reduce((product, size) => product * size, 1);
  requireAtMost("numbers", count * dimensions, LONGEST);
  const centres = new Float64Array(count * dimensions);
  let cells = count;
  for (const [d, size] of sizes.entries()) {
    cells /= size; // the cells of each coordinate i_d
    for (let n = 0; n < count; n++) centres[n * dimensions + d] = ((Math.floor(n / cells) % size) + 0.5) / size;
  }
  return centres;
}
