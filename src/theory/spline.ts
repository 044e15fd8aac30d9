import { finiteNumbers, LONGEST, requireAtMost, requireInteger, requireNotNegative, WIDEST } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import { powerOfTwoNear, scaledBack } from "./scale.ts";

/** n×n row-major lower triangular Toeplitz matrix of a causal filter. */
function toeplitz(filter: Float64Array): Float64Array {
  const n = filter.length;
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) matrix[i * n + j] = filter[i - j] as number;
  }
  return matrix;
}

/**
 * The first n coefficients of (1 − z⁻¹)^power, each from the one before: c_k = c_{k−1}·(k − 1 − power)/k, as the sum of
 * two products that are exact while c_k stays below 2⁵³. A finite filter is symmetric: its second half repeats the first.
 */
function binomialFilter(n: number, power: number): Float64Array {
  const filter = new Float64Array(n);
  filter[0] = 1;
  for (let k = 1; k < n; k++) {
    if (power > 0 && k > power / 2) {
      const mirrored = filter[power - k] ?? 0;
      filter[k] = power % 2 === 0 ? mirrored : 0 - mirrored;
    } else {
      const [before, factor] = [filter[k - 1] as number, k - 1 - power];
      const rest = before % k;
      filter[k] = ((before - rest) / k) * factor + (rest * factor) / k;
    }
  }
  return filter;
}

/** The filter of an n×n matrix with the power `sign`·`order`; checks the arguments. */
function matrixFilter(n: number, order: number, sign: 1 | -1): Float64Array {
  requireInteger("n", n, 1);
  requireInteger("order", order, 1);
  requireAtMost("n", n, WIDEST);
  const filter = binomialFilter(n, sign * order);
  if (!filter.every(Number.isFinite)) {
    throw new ArgumentError(`order: ${order} given, one whose entries stay within float64 for n = ${n} expected`);
  }
  return filter;
}

/**
 * D, the causal difference operator of order η: n×n row-major, lower triangular Toeplitz, the filter (1 − z⁻¹)^η. Exact
 * while its entries stay below 2⁵³.
 * @throws ArgumentError unless n is an integer from 1 to 11 585, η a positive one, and every entry within float64.
 */
export function differenceOperator(n: number, order: number): Float64Array {
  return toeplitz(matrixFilter(n, order, 1));
}

/**
 * D⁻¹, η-fold summation: n×n row-major, lower triangular Toeplitz with C(k+η−1, η−1) on the k-th subdiagonal. Exact
 * while its entries stay below 2⁵³. Its columns are the shifted activations: Heaviside for η = 1, ReLU for η = 2.
 * @throws ArgumentError unless n is an integer from 1 to 11 585, η a positive one, and every entry within float64.
 */
export function integrationOperator(n: number, order: number): Float64Array {
  return toeplitz(matrixFilter(n, order, -1));
}

/** log₂ of the greatest condition number that is solved: the error is 2⁻⁵³ times the condition number, at most 1e-6. */
const WORST_CONDITION = 33;

/**
 * The discrete smoothing spline: the f that minimises ‖y − Sf‖² + λ‖Df‖², as long as `y`, with D of order η = `order`. S
 * selects the samples n with `observed[n]` ≠ 0, all of them unless given; y at the others is not used.
 * By Prop. 3.1 of S. Lucey, arXiv 2504.18207, the same f as ridge regression gives on the weights of a spline
 * activation: f = D⁻¹w with w minimising ‖y − SD⁻¹w‖² + λ‖w‖².
 *
 * Solved by Givens rotations of the band matrix [S; √λ·D] in O(n·η²). The error is at most about 2⁻⁵³·κ·max|y|, with the
 * matrix's condition κ ≤ min(√(1 + λ·4^η), (2n)^η), and κ ≤ √(1/λ + 4^η)·(2n)^η where samples are missing.
 * @throws ArgumentError where `y` is empty, η is not a positive integer, λ is negative or not finite, κ may be above 2³³,
 * or `observed` is not as long as `y`; NotFiniteError where y or f is not finite.
 */
export function splineSmooth(
  y: ArrayLike<number>,
  order: number,
  lambda: number,
  observed?: ArrayLike<number>,
): Float64Array {
  const f = finiteNumbers("y", y);
  const n = f.length;
  if (n === 0) throw new ArgumentError("y: no numbers given, at least one expected");
  requireInteger("order", order, 1);
  requireNotNegative("lambda", lambda);
  const seen = observed === undefined ? new Float64Array(n).fill(1) : finiteNumbers("observed", observed);
  if (seen.length !== n)
    throw new ArgumentError(`observed: ${seen.length} numbers given, ${n}, one for each sample, expected`);
  if (seen.includes(0)) return smoothWithGaps(f, order, lambda, seen);
  const penalty = Math.log2(lambda) + 2 * order; // log₂ of λ·4^η
  if (penalty < -64) return f;
  if (Math.min(penalty / 2, order * Math.log2(2 * n)) > WORST_CONDITION) {
    throw new ArgumentError(
      `lambda: ${lambda} given, at most ${2 ** (2 * (WORST_CONDITION - order))} expected with order ${order} on ${n} ` +
        "samples: float64 solves no more",
    );
  }
  return solveBand(f, binomialFilter(Math.min(order, n - 1) + 1, order), lambda, seen);
}

/** D alone determines f between the samples that are seen, so that its smallest σ, above (2n)^−η, bounds the condition. */
function smoothWithGaps(y: Float64Array, order: number, lambda: number, seen: Float64Array): Float64Array {
  const n = y.length;
  const least = order * Math.log2(2 * n) - WORST_CONDITION; // log₂ of the least √λ
  if (Math.max(least - Math.log2(lambda) / 2, least + order) > 0) {
    throw new ArgumentError(
      `lambda: ${lambda} given, at least ${2 ** (2 * least)} expected with order ${order} on ${n} samples of which some ` +
        "are missing: float64 solves no more",
    );
  }
  return solveBand(
    y.map((value, i) => (seen[i] === 0 ? 0 : value)),
    binomialFilter(Math.min(order, n - 1) + 1, order),
    lambda,
    seen,
  );
}

/**
 * The least-squares solution of [a·S; b·D]f = [a·Sy; 0], b/a = √λ. The rows of D and of S, where it has one, are inserted
 * in turn.
 */
function solveBand(y: Float64Array, filter: Float64Array, lambda: number, seen: Float64Array): Float64Array {
  const n = y.length;
  const width = filter.length;
  requireAtMost("order", width - 1, Math.floor(LONGEST / n) - 1);
  const [a, b] = lambda > 1 ? [1 / Math.sqrt(lambda), 1] : [1, Math.sqrt(lambda)];
  const unit = powerOfTwoNear(y);
  // Row k of the triangular factor holds its columns k … k + width − 1; `right` is the rotated right-hand side.
  const factor = new Float64Array(n * width);
  const right = new Float64Array(n);
  const row = new Float64Array(width);
  /** Rotates `row`, whose first entry is in column `start`, into the rows `start` … `end` of the factor. */
  const insert = (start: number, end: number, value: number) => {
    let rest = value;
    for (let k = start; k <= end; k++) {
      const [own, other] = [factor[k * width] as number, row[0] as number];
      const norm = Math.hypot(own, other);
      const [cosine, sine] = norm === 0 ? [1, 0] : [own / norm, other / norm];
      for (let j = 0; j < width; j++) {
        const [above, below] = [factor[k * width + j] as number, row[j] as number];
        factor[k * width + j] = cosine * above + sine * below;
        if (j > 0) row[j - 1] = cosine * below - sine * above;
      }
      row[width - 1] = 0;
      [right[k], rest] = [cosine * (right[k] as number) + sine * rest, cosine * rest - sine * (right[k] as number)];
    }
  };
  for (let i = 0; i < n; i++) {
    const start = Math.max(0, i - width + 1);
    for (let j = start; j <= i; j++) row[j - start] = b * (filter[i - j] as number);
    insert(start, i, 0);
    if (seen[i] === 0) continue;
    row[0] = a;
    insert(i, i, (a * (y[i] as number)) / unit);
  }
  const f = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    let value = right[k] as number;
    for (let j = 1; j < Math.min(width, n - k); j++) value -= (factor[k * width + j] as number) * (f[k + j] as number);
    f[k] = value / (factor[k * width] as number);
  }
  return scaledBack("y", f, unit);
}
