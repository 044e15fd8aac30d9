import { finiteNumbers, requireInteger, requireNotNegative, requireObject, requirePositive } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";

/**
 * Statistics of a linear smoother ŷ = U (m ∘ Uᵀy), whatever its mask m: ridge, descent, a hard threshold. The model is
 * y = f + e of N samples at fixed positions; the noise e has mean 0, variance s², and no correlation. All of them are sums
 * over the components, in float64.
 */

/** A truth in the basis of the SVD. */
export interface Truth {
  /** Uᵀf, one for each mask factor. */
  readonly coefficients: ArrayLike<number>;
  /** ‖f − UUᵀf‖², which no mask fits. Default 0. */
  readonly outside?: number;
  /** N. */
  readonly samples: number;
}

/** The mean squared error over noise, and its two parts. */
export interface Risk {
  /** ‖E ŷ − f‖²/N = (Σ(1 − m_k)²c_k² + outside)/N. */
  readonly biasSquare: number;
  /** E‖ŷ − E ŷ‖²/N = s²Σm_k²/N. */
  readonly variance: number;
  /** E‖ŷ − f‖²/N, their sum. */
  readonly total: number;
}

/**
 * Bias and variance of a smoother: E‖ŷ − f‖²/N = Σ(1 − m_k)²c_k²/N + s²Σm_k²/N (G. Wahba, "Spline models for
 * observational data", 1990, chapter 4; for early stopping P. Bühlmann and B. Yu, "Boosting with the L₂ loss", J. Am. Stat.
 * Assoc. 98, 2003).
 * @param factors m_k, one for each coefficient
 * @param noise s, the standard deviation of the noise of one sample
 * @throws ArgumentError where the lengths differ or a number is out of range; NotFiniteError where one is not finite.
 */
export function risk(factors: ArrayLike<number>, truth: Truth, noise: number): Risk {
  requireNotNegative("noise", noise);
  const { factors: m, missed, samples } = applied(factors, truth);
  const variance = (noise * noise * m.reduce((sum, factor) => sum + factor * factor, 0)) / samples;
  const biasSquare = missed / samples;
  return { biasSquare, variance, total: biasSquare + variance };
}

/**
 * Degrees of freedom of a smoother, the trace of its hat matrix: Σm_k (T. Hastie and R. Tibshirani, "Generalized additive
 * models", 1990, section 3.5).
 * @throws ArgumentError where a factor is no number; NotFiniteError where one is not finite.
 */
export function degreesOfFreedom(factors: ArrayLike<number>): number {
  return finiteNumbers("factors", factors).reduce((sum, factor) => sum + factor, 0);
}

/** The residual of a fit, and the factors that gave it. */
export interface Fit {
  /** m_k. */
  readonly factors: ArrayLike<number>;
  /** ‖y − ŷ‖²/N. */
  readonly loss: number;
  /** N. */
  readonly samples: number;
}

/**
 * ‖y − ŷ‖²/N of the fit to the targets y: Σ(1 − m_k)²(u_kᵀy)² and what no mask fits.
 * @throws as `risk`.
 */
export function lossOf(factors: ArrayLike<number>, targets: Truth): number {
  const { missed, samples } = applied(factors, targets);
  return missed / samples;
}

/**
 * Stein's unbiased estimate of the risk: ‖y − ŷ‖²/N + 2s²Σm_k/N − s² (C. L. Mallows, "Some comments on C_p", Technometrics
 * 15, 1973; C. M. Stein, Ann. Statist. 9, 1981). Its mean over normal noise is `risk(…).total`.
 * @throws ArgumentError where a number is out of range; NotFiniteError where a factor is not finite.
 */
export function steinRisk(fit: Fit, noise: number): number {
  requireNotNegative("noise", noise);
  const { loss, samples, freedom } = readFit(fit);
  return loss + ((2 * freedom) / samples - 1) * noise * noise;
}

/**
 * The score of generalised cross-validation, ‖y − ŷ‖²/N/(1 − Σm_k/N)² (G. H. Golub, M. Heath and G. Wahba, Technometrics 21,
 * 1979), which does not need the noise. Infinity where Σm_k = N.
 * @throws ArgumentError where a number is out of range; NotFiniteError where a factor is not finite.
 */
export function gcvScore(fit: Fit): number {
  const { loss, samples, freedom } = readFit(fit);
  const left = 1 - freedom / samples;
  return left === 0 ? Number.POSITIVE_INFINITY : loss / (left * left);
}

/**
 * The discrepancy of a fit, ‖y − ŷ‖/(√N·s): a path of fits that starts at 0 is stopped where it first is at most τ ≥ 1
 * (V. A. Morozov, 1966).
 * @throws ArgumentError unless the loss is at least 0 and the noise above 0.
 */
export function discrepancy(loss: number, noise: number): number {
  requireNotNegative("loss", loss);
  requirePositive("noise", noise);
  return Math.sqrt(loss) / noise;
}

function applied(factors: ArrayLike<number>, truth: Truth) {
  requireObject("truth", truth);
  const { samples, outside = 0 } = truth;
  const [m, c] = [finiteNumbers("factors", factors), finiteNumbers("coefficients", truth.coefficients)];
  if (m.length !== c.length) {
    throw new ArgumentError(`factors: ${m.length} given, as many as coefficients, ${c.length}, expected`);
  }
  requireInteger("samples", samples, Math.max(1, c.length));
  requireNotNegative("outside", outside);
  const missed = m.reduce((sum, factor, k) => sum + ((1 - factor) * (c[k] as number)) ** 2, outside);
  return { factors: m, missed, samples };
}

function readFit(fit: Fit) {
  requireObject("fit", fit);
  const { loss, samples, factors } = fit;
  requireNotNegative("loss", loss);
  requireInteger("samples", samples, 1);
  return { loss, samples, freedom: degreesOfFreedom(factors) };
}
