/** The largest number of iterations that is tried: beyond it, adding 1 to a float64 may not change it. */
export const COUNTABLE = 2 ** 52;

/**
 * The smallest integer of at least `from` for which `holds` is true, by doubling and bisection; Infinity where it is beyond
 * `COUNTABLE`. Once `holds` is true, it must stay true.
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

/** The smallest integer above `below` for which `holds` is true. `holds` is true at `at`. */
export function bisect(below: number, at: number, holds: (iterations: number) => boolean): number {
  let [low, high] = [below, at];
  while (high - low > 1) {
    const middle = Math.floor(low + (high - low) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
