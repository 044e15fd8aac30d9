import { requireInteger, requireNotNegative } from "./checks.ts";

/** n×n row-major lower triangular Toeplitz matrix of a causal filter. */
function toeplitz(filter: Float64Array): Float64Array {
  const n = filter.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) matrix[i * n + j] = filter[i - j] as number;
  }
  return matrix;
}

/** Impulse response of length n of (1 − z⁻¹)^order. */
function differenceFilter(n: number, order: number): Float64Array {
  requireInteger("n", n, 1);
  requireInteger("order", order, 1);
  const filter = new Float64Array(n);
  filter[0] = 1;
  for (let pass = 0; pass < order; pass++) {
    for (let i = n - 1; i > 0; i--) filter[i] = (filter[i] as number) - (filter[i - 1] as number);
  }
  return filter;
}

/**
 * D, the causal difference operator of order η: n×n row-major, lower triangular Toeplitz, the filter (1 − z⁻¹)^η.
 * @throws ArgumentError unless n and η are positive integers.
 */
export function differenceOperator(n: number, order: number): Float64Array {
  return toeplitz(differenceFilter(n, order));
}

/**
 * D⁻¹, η-fold summation: n×n row-major, lower triangular Toeplitz with C(k+η−1, η−1) on the k-th subdiagonal. Exact
 * while its entries stay below 2⁵³. Its columns are the shifted activations: Heaviside for η = 1, ReLU for η = 2.
 * @throws ArgumentError unless n and η are positive integers.
 */
export function integrationOperator(n: number, order: number): Float64Array {
  requireInteger("n", n, 1);
  requireInteger("order", order, 1);
  const filter = new Float64Array(n);
  filter[0] = 1;
  for (let pass = 0; pass < order; pass++) {
    for (let i = 1; i < n; i++) filter[i] = (filter[i] as number) + (filter[i - 1] as number);
  }
  return toeplitz(filter);
}

/**
 * The discrete smoothing spline: the f that minimises ‖y − f‖² + λ‖Df‖², as long as `y`, with D of order η = `order`.
 * By Prop. 3.1 of S. Lucey, arXiv 2504.18207, the same f as ridge regression gives on the weights of a spline
 * activation: f = D⁻¹w with w minimising ‖y − D⁻¹w‖² + λ‖w‖².
 * Solved by a banded Cholesky factorisation of I + λDᵀD in O(n·η²); the relative error is of the order of
 * 2⁻⁵³·(1 + λ·4^η).
 * @throws ArgumentError where `y` is empty, η is not a positive integer, or λ is negative or not finite.
 */
export function splineSmooth(y: ArrayLike<number>, order: number, lambda: number): Float64Array {
  const n = y.length;
  requireNotNegative("lambda", lambda);
  const filter = differenceFilter(n, order);
  const band = Math.min(order, n - 1);
  // Row i of the Cholesky factor L holds L[i][i − d] at d, d = 0 … band; the right-hand side is eliminated beside it.
  const factor = Array.from({ length: n }, () => new Float64Array(band + 1));
  const f = Float64Array.from(y);
  const at = (i: number, d: number): number => factor[i]?.[d] as number;
  for (let i = 0; i < n; i++) {
    const row = factor[i] as Float64Array;
    for (let d = Math.min(band, i); d >= 0; d--) {
      let sum = d === 0 ? 1 : 0;
      for (let t = 0; t + d <= band && t + i < n; t++) {
        sum += lambda * (filter[t] as number) * (filter[t + d] as number);
      }
      for (let e = d + 1; e <= Math.min(band, i); e++) sum -= at(i, e) * at(i - d, e - d);
      row[d] = d === 0 ? Math.sqrt(sum) : sum / at(i - d, 0);
    }
    let sum = f[i] as number;
    for (let d = 1; d <= Math.min(band, i); d++) sum -= at(i, d) * (f[i - d] as number);
    f[i] = sum / at(i, 0);
  }
  for (let i = n - 1; i >= 0; i--) {
    const value = (f[i] as number) / at(i, 0);
    f[i] = value;
    for (let d = 1; d <= Math.min(band, i); d++) f[i - d] = (f[i - d] as number) - at(i, d) * value;
  }
  return f;
}
