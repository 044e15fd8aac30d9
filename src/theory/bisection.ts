/** The largest number of iterations that is tried: beyond, a float64 does not count single steps. */
export const COUNTABLE = 2 ** 52;

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
