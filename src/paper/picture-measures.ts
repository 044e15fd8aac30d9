import { dst1Basis } from "../index.ts";

/** Measurements on square pictures of n × n numbers, row-major, in float64. */

/** `u` with a mean square of 1, and its largest entry positive. */
export function standardise(u: readonly number[]): number[] {
  const largest = u.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const factor = (Math.sign(largest) * Math.sqrt(u.length)) / Math.hypot(...u);
  return u.map((value) => value * factor);
}

/** The total variation along each axis: Σ|step| down a column, and across a row, on average over all of them. */
export function axisVariation(u: readonly number[], n: number): { readonly down: number; readonly across: number } {
  let [down, across] = [0, 0];
  for (let i = 0; i < n * n; i++) {
    const value = u[i] as number;
    if (i >= n) down += Math.abs(value - (u[i - n] as number));
    if (i % n > 0) across += Math.abs(value - (u[i - 1] as number));
  }
  return { down: down / n, across: across / n };
}

/** The first `count` pictures of the 2-D DST-I, sin(πp·)·sin(πq·), in the order of p² + q². */
export function sinePictures(n: number, count: number): number[][] {
  const basis = dst1Basis(n);
  return lowest(n, count, 1).map(([p, q]) =>
    Array.from({ length: n * n }, (_, i) => {
      const [row, col] = [Math.floor(i / n), i % n];
      return n * (basis[row * n + p - 1] as number) * (basis[col * n + q - 1] as number);
    }),
  );
}

/** The `count` pairs (p, q) of least p² + q², from `first` to n − 1 + `first`. */
function lowest(n: number, count: number, first: 0 | 1): [p: number, q: number][] {
  const pairs = Array.from({ length: n * n }, (_, i): [number, number] => [Math.floor(i / n) + first, (i % n) + first]);
  return pairs.sort(([p, q], [r, s]) => p * p + q * q - r * r - s * s || p - r).slice(0, count);
}

/**
 * The frequencies in a picture by its 2-D cosine transform, which takes no edge for a jump: the mean of √(p² + q²), in
 * half-waves, weighted by energy; and the share of the energy in the `count` lowest frequencies.
 */
export function frequencies(
  u: readonly number[],
  n: number,
  count: number,
): { readonly mean: number; readonly lowest: number } {
  const cosines = Array.from({ length: n * n }, (_, at) => {
    const [p, i] = [Math.floor(at / n), at % n];
    return Math.sqrt((p === 0 ? 1 : 2) / n) * Math.cos((Math.PI * p * (i + 0.5)) / n);
  });
  // Each axis in turn: rows of `from` become coefficients, and the result is transposed.
  const transform = (from: readonly number[]) =>
    Array.from({ length: n * n }, (_, at) => {
      const [p, row] = [Math.floor(at / n), at % n];
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (from[row * n + i] as number) * (cosines[p * n + i] as number);
      return sum;
    });
  const energies = transform(transform(u)).map((c) => c * c);
  const total = energies.reduce((sum, e) => sum + e, 0);
  const mean = energies.reduce((sum, e, at) => sum + e * Math.hypot(Math.floor(at / n), at % n), 0) / total;
  const low = lowest(n, count, 0).reduce((sum, [p, q]) => sum + (energies[p * n + q] as number), 0) / total;
  return { mean, lowest: low };
}

/** Spearman's rank correlation of distinct values with their order. */
export function orderCorrelation(values: readonly number[]): number {
  const count = values.length;
  const ranks = values.map((value) => values.filter((other) => other < value).length);
  const squares = ranks.reduce((sum, rank, k) => sum + (rank - k) ** 2, 0);
  return 1 - (6 * squares) / (count * (count * count - 1));
}
