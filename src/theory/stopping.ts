import { requireAtMost, requireInteger, requireNotNegative, requireObject, requirePositive } from "../checks/values.ts";
import { ArgumentError } from "../errors.ts";
import { bisect, COUNTABLE } from "./bisection.ts";
import { type Method, requireMethod, requireProblem } from "./methods/method.ts";
import { powerOfTwoNear } from "./scale.ts";

/** A least-squares problem in the basis of the SVD, as `project` gives it, and the method that solves it from w = 0. */
export interface StoppingProblem {
  /** The method that is to be stopped. */
  readonly method: Method;
  /** σ, with 0 in place of those that are rounding noise. */
  readonly singularValues: ArrayLike<number>;
  /** Uᵀy, as many as singular values. */
  readonly coefficients: ArrayLike<number>;
  /** ‖y − UUᵀy‖², which no method can fit. */
  readonly outside: number;
  /** N. */
  readonly samples: number;
  /** The largest number of iterations that may be returned, at most 2⁵². */
  readonly maxIterations: number;
}

/** Every T up to this one is tried; above it only those of a geometric grid are. */
const DENSE = 256;
const RATIO = 1.05;

/**
 * The discrepancy principle (V. A. Morozov, 1966): the first T in 0 … `maxIterations` with ‖y − Aw_T‖ ≤ τ√N·δ, or
 * `maxIterations` where there is none. For a method with `isMonotone` the norm falls with T, and T is found by bisection.
 * For the others it may rise for a while: then every T up to 256 is tried, above it those of a grid of ratio 1.05, and
 * bisection searches between the first of the grid that fulfils the condition and the one before it. A fall and rise
 * between two neighbours of the grid is not seen.
 * @throws ArgumentError for lengths that differ, and numbers out of range; NotFiniteError for σ and Uᵀy that are not
 * finite.
 */
export function discrepancyIterations(
  request: StoppingProblem & {
    /** δ, the standard deviation of the noise of one sample. */
    readonly noise: number;
    /** τ; with τ ≥ 1 the noise is not fitted. Default 1.01. */
    readonly tau?: number;
  },
): number {
  requireObject("request", request);
  const { method, maxIterations, samples, noise, tau = 1.01 } = request;
  requireNotNegative("noise", noise);
  requirePositive("tau", tau);
  const { residuals, unit } = residualsOf(request);
  const goal = samples * (tau * (noise / unit)) ** 2;
  const reached = (iterations: number) => residuals(iterations).square <= goal;
  if (reached(0)) return 0;
  // For a norm that falls, a grid of powers of two is enough.
  const [first, factor] = method.isMonotone ? [1, 2] : [DENSE, RATIO];
  let below = 0;
  for (const at of grid(maxIterations, first, factor)) {
    if (reached(at)) return bisect(below, at, reached);
    below = at;
  }
  return maxIterations;
}

/**
 * Generalised cross-validation (G. H. Golub, M. Heath and G. Wahba, Technometrics 21, 1979): the T in 0 … `maxIterations`
 * at which GCV(T) = N·‖(I − H_T)y‖²/(N − tr H_T)², tr H_T = Σ_i m_T(σ_i), is least; the first such T where there are several. Every
 * T up to 256 is tried, above it those of a grid of ratio 1.05; then the grid is refined around the best T.
 * @throws ArgumentError for a method whose filter, and so H_T, depends on y, for lengths that differ, and numbers out of
 * range; NotFiniteError for σ and Uᵀy that are not finite.
 */
export function gcvIterations(request: StoppingProblem): number {
  requireObject("request", request);
  const { method, maxIterations, samples } = request;
  requireMethod("method", method);
  if (method.dependsOnTargets) {
    throw new ArgumentError(`method: ${method.name} given, one whose filter does not depend on y expected`);
  }
  const { residuals } = residualsOf(request);
  const score = (iterations: number) => {
    const { square, trace } = residuals(iterations);
    const value = (samples * square) / (trace * trace);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  let points = [0, ...grid(maxIterations, DENSE, RATIO)];
  for (;;) {
    const scores = points.map(score);
    const best = scores.indexOf(Math.min(...scores));
    const [low, high] = [
      points[Math.max(0, best - 1)] as number,
      points[Math.min(points.length - 1, best + 1)] as number,
    ];
    if (high - low <= 2) return points[best] as number;
    points = between(low, high);
  }
}

/** ‖(I − H_T)y‖²/unit² and N − tr H_T as functions of T, with a unit in which no square over- or underflows. */
function residualsOf({ method, outside, samples, maxIterations, ...problem }: StoppingProblem) {
  requireMethod("method", method);
  const { singularValues, coefficients } = requireProblem(problem);
  requireNotNegative("outside", outside);
  requireInteger("samples", samples, Math.max(1, singularValues.length));
  requireAtMost("samples", samples, COUNTABLE);
  requireInteger("maxIterations", maxIterations, 0);
  requireAtMost("maxIterations", maxIterations, COUNTABLE);
  const sizes = new Float64Array(coefficients.length + 1).fill(Math.sqrt(outside));
  sizes.set(coefficients);
  const unit = powerOfTwoNear(sizes);
  const scaled = coefficients.map((c) => c / unit);
  const residuals = (iterations: number): { square: number; trace: number } => {
    const mask = method.mask(iterations, { singularValues, coefficients });
    let [square, trace] = [outside / unit / unit, samples - singularValues.length];
    for (let i = 0; i < singularValues.length; i++) {
      const left = 1 - mask(singularValues[i] as number);
      trace += left;
      square += (left * (scaled[i] as number)) ** 2;
    }
    return { square, trace };
  };
  return { residuals, unit };
}

/** 1, 2, … up to `dense`, then each `factor` times the one before, and `maxIterations` at the end. */
function* grid(maxIterations: number, dense: number, factor: number): Generator<number> {
  let at = 1;
  for (; at < maxIterations; at = at < dense ? at + 1 : Math.ceil(at * factor)) yield at;
  if (maxIterations > 0) yield maxIterations;
}

/** Up to 33 integers from low to high, both included. */
function between(low: number, high: number): number[] {
  const count = Math.min(32, high - low);
  return Array.from({ length: count + 1 }, (_, i) => low + Math.round((i * (high - low)) / count));
}
