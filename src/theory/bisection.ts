/** The largest number of iterations that is tried: beyond, a float64 does not count single steps. */
export const COUNTABLE = 2 ** 52;

/**
 * The smallest integer of at least `from` at which `holds`, which stays true once it is, by doubling and bisection;
 * Infinity where it is beyond `COUNTABLE`.
 */
export function firstWhere(from: number, holds: (iterations: number) => boolean): number {
  if (holds(from)) return from;
  let [below, at] = [from, 2 * from];
  while (!holds(at)) {
    if (at >= COUNTABLE) return Number.POSITIVE_INFINITY;
    [below, at] = [at, 2 * at];
  }
  return bisect(below, at, holds);
}

/** The smallest integer above `below` at which `holds`, which it does at `at`. */
export function bisect(below: number, at: number, holds: (iterations: number) => boolean): number {
  let [low, high] = [below, at];
  while (high - low > 1) {
    const middle = Math.floor(low + (high - low) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
