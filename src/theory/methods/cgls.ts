import { ArgumentError } from "../../errors.ts";
import { requireInteger } from "../checks.ts";
import type { Mask } from "../masks.ts";
import type { Method, SpectralProblem } from "./method.ts";

/**
 * CGLS, conjugate gradients on the normal equations (M. R. Hestenes and E. Stiefel, 1952; Å. Björck, "Numerical Methods
 * for Least Squares Problems", 1996): r_T(λ) = Π_j (1 − λ/θ_j), θ_j the Ritz values of AᵀA after T steps. The filter
 * depends on y and may leave [0, 1] without bound; it converges for every spectrum. ‖y − Aw‖ never grows, and `growth`
 * is of that.
 */
export function cgls(): Method {
  return {
    name: "cgls",
    mask: (iterations, problem) => {
      requireInteger("iterations", iterations, 0);
      if (problem === undefined) {
        throw new ArgumentError("problem: none given, singular values and coefficients expected: CGLS depends on y");
      }
      return cglsMasks(problem)(iterations);
    },
    iteration: { kind: "cgls" },
    stableBelow: Number.POSITIVE_INFINITY,
    growth: 1,
  };
}

/** Golub and Kahan's bidiagonalisation of diag(σ) from V's σ ∘ c: B = UᵀΣV, upper bidiagonal. */
interface Bidiagonal {
  readonly diagonal: number[];
  /** β_T too, which couples v_T to v_{T+1}. */
  readonly superdiagonal: number[];
  /** v₁ … v_{T+1}. */
  readonly right: Float64Array[];
  readonly left: Float64Array[];
  exhausted: boolean;
}

/**
 * CGLS's mask after T steps, for every T, by one bidiagonalisation that grows as far as it is asked for: O(nT²), fully
 * reorthogonalised. From the Krylov dimension on, the residual is 0 at every σ with σc ≠ 0.
 *
 * At the problem's own σ_i the product of Ritz values loses all digits once a Ritz value has converged elsewhere; there
 * r_T(σ_i²) = ±ρ_T·v_{T+1,i}/(σ_i c_i) with ρ_T = ‖Aᵀ(y − Aw_T)‖, and the one of the two with the smaller rounding is taken.
 * @throws ArgumentError where the lengths differ, or σ or c is not finite, or a σ negative.
 */
export function cglsMasks(problem: SpectralProblem): (iterations: number) => Mask {
  const { start, positions, norm } = weighted(problem);
  const largest = Float64Array.from(problem.singularValues).reduce((a, b) => Math.max(a, b), 0);
  const state: Bidiagonal = { diagonal: [], superdiagonal: [], right: [], left: [], exhausted: norm === 0 };
  if (norm > 0) state.right.push(start.map((value) => value / norm));
  return (iterations) => {
    while (state.diagonal.length < iterations && !state.exhausted) grow(state, problem.singularValues, largest);
    const steps = Math.min(iterations, state.diagonal.length);
    if (steps === 0) return () => 0;
    const ended = state.exhausted && steps === state.diagonal.length;
    const gradient =
      norm * state.superdiagonal.slice(0, steps).reduce((p, beta, j) => (p * beta) / (state.diagonal[j] as number), 1);
    const next = state.right[steps];
    let ritz: Float64Array | undefined;
    return (s) => {
      if (s === 0) return 0;
      const position = positions.get(s);
      if (position !== undefined && (ended || next === undefined)) return 1;
      const scale = position === undefined ? Number.POSITIVE_INFINITY : gradient / Math.abs(start[position] as number);
      // |v| ≤ 1: far below 1 the residual is exact to rounding, and no Ritz value is needed.
      if (scale > 0.25) {
        ritz ??= ritzValues(state, steps);
        const { mask, error } = ritzMask(s * s, ritz);
        if (!(scale < error)) return mask;
      }
      const at = position as number;
      const sign = (steps % 2 === 0 ? 1 : -1) * Math.sign(start[at] as number);
      return 1 - sign * scale * (next?.[at] as number);
    };
  };
}

/** σ ∘ c, its norm, and where each σ with σc ≠ 0 first stands. */
function weighted({ singularValues, coefficients }: SpectralProblem) {
  if (singularValues.length !== coefficients.length) {
    throw new ArgumentError(
      `coefficients: ${coefficients.length} given, as many as singular values, ${singularValues.length}, expected`,
    );
  }
  const positions = new Map<number, number>();
  const start = Float64Array.from(singularValues, (s, i) => {
    const weight = s * (coefficients[i] as number);
    if (!(s >= 0 && Math.abs(weight) < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError(`problem: σ = ${s} and coefficient ${coefficients[i]} given, finite and σ ≥ 0 expected`);
    }
    if (weight !== 0 && !positions.has(s)) positions.set(s, i);
    return weight;
  });
  return { start, positions, norm: Math.sqrt(start.reduce((total, value) => total + value * value, 0)) };
}

/** One step: α_j and u_j from v_j, then β_j and v_{j+1}. */
function grow(state: Bidiagonal, singularValues: ArrayLike<number>, largest: number): void {
  const { diagonal, superdiagonal, right, left } = state;
  const v = right[right.length - 1] as Float64Array;
  const negligible = (v.length + 100) * Number.EPSILON * largest; // more than rounding leaves of a vector that is 0
  const u = v.map((value, i) => value * (singularValues[i] as number));
  const alpha = normalise(u, left);
  if (alpha <= negligible) {
    state.exhausted = true;
    return;
  }
  const next = u.map((value, i) => value * (singularValues[i] as number));
  const beta = normalise(next, right);
  diagonal.push(alpha);
  superdiagonal.push(beta);
  left.push(u);
  if (beta <= negligible) state.exhausted = true;
  else right.push(next);
}

/** Takes from `vector` its part along `basis`, twice, and scales it to norm 1; the norm before that. */
function normalise(vector: Float64Array, basis: readonly Float64Array[]): number {
  for (let pass = 0; pass < 2; pass++) {
    for (const other of basis) {
      const overlap = other.reduce((total, value, i) => total + value * (vector[i] as number), 0);
      for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) - overlap * (other[i] as number);
    }
  }
  const norm = Math.sqrt(vector.reduce((total, value) => total + value * value, 0));
  if (norm > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / norm;
  return norm;
}

function ritzValues({ diagonal, superdiagonal }: Bidiagonal, steps: number): Float64Array {
  // The Golub–Kahan matrix, of zero diagonal, whose Sturm counts are accurate relative to each value.
  const squares: number[] = [];
  for (let j = 0; j < steps; j++) {
    if (j > 0) squares.push((superdiagonal[j - 1] as number) ** 2);
    squares.push((diagonal[j] as number) ** 2);
  }
  const top = 2 * Math.sqrt(squares.reduce((a, b) => Math.max(a, b), 0));
  return Float64Array.from({ length: steps }, (_, index) => {
    let [low, high] = [0, top];
    for (let middle = top / 2; middle > low && middle < high; middle = low + (high - low) / 2) {
      if (countBelow(squares, middle) - steps > index) high = middle;
      else low = middle;
    }
    return high * high;
  });
}

/** How many eigenvalues of the symmetric tridiagonal matrix of zero diagonal lie below x. */
function countBelow(squares: readonly number[], x: number): number {
  let pivot = -x;
  let count = pivot < 0 ? 1 : 0;
  for (const square of squares) {
    pivot = -x - square / (pivot === 0 ? Number.MIN_VALUE : pivot);
    if (pivot < 0) count++;
  }
  return count;
}

/** 1 − Π_j (1 − λ/θ_j), and how far rounding may move the product, in units of the last place. */
function ritzMask(lambda: number, ritz: Float64Array): { mask: number; error: number } {
  let [logarithm, sign, condition] = [0, 1, 0];
  for (const theta of ritz) {
    const factor = 1 - lambda / theta;
    logarithm += lambda < theta ? Math.log1p(-lambda / theta) : Math.log(Math.abs(factor));
    if (factor < 0) sign = -sign;
    condition += lambda / theta / Math.abs(factor);
  }
  const size = Math.exp(logarithm);
  const mask = sign > 0 ? -Math.expm1(logarithm) : 1 + size;
  return { mask, error: size === 0 ? Number.POSITIVE_INFINITY : size * condition };
}
