import { finiteNumbers, requireInteger, requireNotNegative, requireObject, requirePositive } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import { type Mask, masks } from "./masks.ts";
import { requireProblem, type SpectralProblem } from "./methods/method.ts";
import { powerOfTwoNear } from "./scale.ts";

/** A ridge regression in the basis of the SVD, as `project` gives it: min ‖y − A·w‖² + λ‖w‖². */
export interface RidgeProblem extends SpectralProblem {
  /** ‖y − UUᵀy‖², which no ridge can fit. */
  readonly outside: number;
  /** N. */
  readonly samples: number;
}

/**
 * λ by generalised cross-validation: the least of GCV(λ) = N·‖y − ŷ‖²/(N − Σm_k)², m_k = σ_k²/(σ_k² + λ) (G. H. Golub, M.
 * Heath and G. Wahba, Technometrics 21, 1979). It is searched from far below the least σ² up to far above the largest, on a
 * logarithmic grid of ten points a decade, and then around its best point to 1e-6 of λ. 0 where least squares is best;
 * Infinity where w = 0 is.
 * @throws ArgumentError where the lengths differ or a number is out of range; NotFiniteError where one is not finite.
 */
export function gcvRidge(problem: RidgeProblem): number {
  const { residual, samples } = readProblem(problem);
  return leastOverRidges(problem, (lambda) => {
    const { square, trace } = residual(lambda);
    return trace > 0 ? square / (trace / samples) ** 2 : Number.POSITIVE_INFINITY;
  });
}

/**
 * λ by leaving one sample out: the least of Σ((y_i − ŷ_i)/(1 − h_i))²/N with the leverages h_i = Σ_k m_k·U_ik², which is the
 * mean squared error of each sample's prediction from all others (D. M. Allen, "PRESS", Technometrics 16, 1974). Searched
 * as by `gcvRidge`.
 * @param left U, N × n, row-major, for the n singular values
 * @param targets y, N numbers
 * @throws as `gcvRidge`.
 */
export function looRidge(problem: RidgeProblem, left: ArrayLike<number>, targets: ArrayLike<number>): number {
  const { singularValues, coefficients, samples } = readProblem(problem);
  const count = singularValues.length;
  const [U, y] = [finiteNumbers("left", left), finiteNumbers("targets", targets)];
  if (U.length !== samples * count || y.length !== samples) {
    throw new ArgumentError(
      `left and targets: ${U.length} and ${y.length} numbers given, ${samples}×${count} and ${samples} expected`,
    );
  }
  const unit = powerOfTwoNear(y);
  return leastOverRidges(problem, (lambda) => {
    const factors = singularValues.map(ridgeMask(lambda));
    let sum = 0;
    for (let i = 0; i < samples; i++) {
      let [rest, kept] = [y[i] as number, 1];
      for (let k = 0; k < count; k++) {
        const [u, m] = [U[i * count + k] as number, factors[k] as number];
        rest -= m * u * (coefficients[k] as number);
        kept -= m * u * u;
      }
      sum += (rest / unit / kept) ** 2;
    }
    return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum / samples;
  });
}

/**
 * λ by the discrepancy principle (V. A. Morozov, 1966): the largest λ with ‖y − ŷ‖ ≤ τ·√N·δ, to 1e-12 of λ. 0 where no λ
 * reaches that, Infinity where w = 0 does.
 * @throws as `gcvRidge`.
 */
export function discrepancyRidge(
  problem: RidgeProblem & {
    /** δ, the standard deviation of the noise of one sample. */
    readonly noise: number;
    /** τ ≥ 1. Default 1.01. */
    readonly tau?: number;
  },
): number {
  const { residual, samples, unit } = readProblem(problem);
  const { noise, tau = 1.01 } = problem;
  requireNotNegative("noise", noise);
  requirePositive("tau", tau);
  const goal = samples * (tau * (noise / unit)) ** 2;
  const reaches = (lambda: number) => residual(lambda).square <= goal;
  if (reaches(Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  let [low, high] = rangeOf(problem);
  if (!reaches(low)) return 0;
  while (high / low > 1 + 1e-12) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (reaches(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The mask of a ridge, for λ up to Infinity. */
export function ridgeMask(lambda: number): Mask {
  return lambda === Number.POSITIVE_INFINITY ? () => 0 : masks.ridge({ lambda });
}

/** λ/(σ² + λ) = 1 − m, without cancellation. */
function missedFactor(s: number, lambda: number): number {
  if (s === 0 || lambda === Number.POSITIVE_INFINITY) return 1;
  return lambda === 0 ? 0 : 1 / (1 + (s / lambda) * s);
}

/** The residual ‖y − ŷ‖²/unit² and N − Σm_k as functions of λ. */
function readProblem(problem: RidgeProblem) {
  requireObject("problem", problem);
  const { outside, samples } = problem;
  const { singularValues, coefficients } = requireProblem(problem);
  requireNotNegative("outside", outside);
  requireInteger("samples", samples, Math.max(1, singularValues.length));
  const unit = powerOfTwoNear([...coefficients, Math.sqrt(outside)]);
  const scaled = coefficients.map((c) => c / unit);
  const residual = (lambda: number) => {
    let [square, trace] = [outside / unit / unit, samples - singularValues.length];
    for (let k = 0; k < singularValues.length; k++) {
      const missed = missedFactor(singularValues[k] as number, lambda);
      trace += missed;
      square += (missed * (scaled[k] as number)) ** 2;
    }
    return { square, trace };
  };
  return { singularValues, coefficients, samples, unit, residual };
}

/** Decades below the least σ² and above the largest that are searched: masks are within 1e-6 of 1 and of 0 there. */
const DECADES = 6;
const POINTS_PER_DECADE = 10;

/** λ below which all masks are near 1, and above which they are near 0. */
function rangeOf({ singularValues }: RidgeProblem): [low: number, high: number] {
  const positive = Array.from(singularValues).filter((s) => s > 0);
  if (positive.length === 0) return [1, 1];
  const [least, largest] = [Math.min(...positive), Math.max(...positive)];
  return [(10 ** (-DECADES / 2) * least) ** 2, (10 ** (DECADES / 2) * largest) ** 2];
}

/** The λ with the least score; the largest of several. */
function leastOverRidges(problem: RidgeProblem, score: (lambda: number) => number): number {
  const [low, high] = rangeOf(problem).map(Math.log10) as [number, number];
  const count = Math.ceil((high - low) * POINTS_PER_DECADE);
  const grid = Array.from({ length: count + 1 }, (_, i) => 10 ** (low + (i * (high - low)) / Math.max(1, count)));
  const points = [0, ...grid, Number.POSITIVE_INFINITY];
  const scores = points.map(score);
  const best = scores.lastIndexOf(Math.min(...scores));
  const [below, above] = [points[best - 1], points[best + 1]];
  if (!below || above === undefined || above === Number.POSITIVE_INFINITY) return points[best] as number;
  return goldenSection(below, above, score);
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** Where a function with one minimum between two positive numbers is least, to 1e-6 of its place. */
function goldenSection(below: number, above: number, score: (at: number) => number): number {
  let [low, high] = [Math.log(below), Math.log(above)];
  const at = (share: number) => low + share * (high - low);
  let [left, right] = [at(1 - GOLDEN), at(GOLDEN)];
  let [ofLeft, ofRight] = [score(Math.exp(left)), score(Math.exp(right))];
  while (high - low > 1e-6) {
    if (ofLeft < ofRight) {
      [high, right, ofRight] = [right, left, ofLeft];
      left = at(1 - GOLDEN);
      ofLeft = score(Math.exp(left));
    } else {
      [low, left, ofLeft] = [left, right, ofRight];
      right = at(GOLDEN);
      ofRight = score(Math.exp(right));
    }
  }
  return Math.exp((low + high) / 2);
}
