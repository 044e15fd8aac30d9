import { POSITIVE, requireFinite } from "../../checks/values.ts";
import { ArgumentError } from "../../errors.ts";
import { defineMethod, MARGIN } from "./definition.ts";
import { add, type DoubleDouble, divide, multiply, product, sum } from "./double-double.ts";

/**
 * Chebyshev's semi-iteration on the interval [a, c] of λ (G. H. Golub and R. S. Varga, "Chebyshev semi-iterative
 * methods", Numer. Math. 3, 1961): r_T(λ) = T_T(z)/T_T(z₀), z = (c + a − 2λ)/(c − a), z₀ its value at λ = 0. Of all
 * polynomials of degree T that are 1 at 0, it has the smallest maximum on [a, c]. With φ₀ = arcosh z₀ the steps are
 *   momentum = cosh((t−2)φ₀)/cosh(tφ₀), rate = 4/(c − a)·cosh((t−1)φ₀)/cosh(tφ₀); at t = 1: 0 and 2/(c + a).
 * |z| < z₀, so |r_T| ≤ 1, for λ < a + c.
 * @throws ArgumentError unless 0 < a < c, their sum is finite, and a above 1e-300·(c − a).
 */
export const chebyshev = defineMethod({
  name: "chebyshev",
  label: "Chebyshev",
  family: "semi-iteration",
  parameters: {
    lower: {
      symbol: "a",
      description: "lower end of the interval [a, c] of σ²",
      default: "σ_K²",
      range: POSITIVE,
      choose: ({ lambda, components }) => lambda(components),
    },
    upper: {
      symbol: "c",
      description: "upper end of the interval [a, c] of σ²",
      default: "1.001σ₁²",
      range: POSITIVE,
      choose: ({ lambda }) => (1 + MARGIN) * lambda(1),
    },
  },
  create({ lower, upper }: { readonly lower: number; readonly upper: number }) {
    if (!(lower < upper)) throw new ArgumentError(`upper: ${upper} given, above lower = ${lower} expected`);
    requireFinite("lower + upper", lower + upper);
    const width = upper - lower;
    if (!(lower > LEAST_SHARE * width)) {
      throw new ArgumentError(`lower: ${lower} given, more than ${LEAST_SHARE}·(upper − lower) expected`);
    }
    const start = arcosh(lower / width);
    // In this unit of σ the interval ends near 1, where double-double numbers neither over- nor underflow.
    const unit = 2 ** Math.floor(Math.log2(upper) / 2);
    const ends = [lower / unit / unit, upper / unit / unit] as const;
    return {
      mask: (iterations) => (s) => (iterations === 0 || s === 0 ? 0 : maskAt(iterations, s / unit, ...ends, start)),
      // Within the interval |T_T(z)| ≤ 1; outside of it the quotient of the two cosh falls with T.
      envelope: (iterations) => (s) => {
        const lambda = (s / unit) ** 2;
        if (lambda >= ends[0] && lambda <= ends[1]) return 1 / Math.cosh(iterations * start);
        return Math.abs(1 - maskAt(iterations, s / unit, ...ends, start));
      },
      iteration: {
        kind: "linear",
        coefficients: (t) =>
          t === 1
            ? { rate: 2 / (upper + lower), momentum: 0, extrapolation: 0 }
            : {
                rate: (4 / width) * coshRatio(t - 1, t, start),
                momentum: coshRatio(t - 2, t, start),
                extrapolation: 0,
              },
      },
      stableBelow: lower + upper,
      growth: 1,
    };
  },
});

/** For a smaller a/(c − a), arcosh z₀ is not a normal number. */
const LEAST_SHARE = 1e-300;

/** arcosh(1 + 2x), without cancellation for small x. */
function arcosh(x: number): number {
  return 2 * Math.asinh(Math.sqrt(x));
}

/** cosh(m·φ)/cosh(n·φ), which overflows only where the quotient does. */
function coshRatio(m: number, n: number, angle: number): number {
  return (Math.exp((m - n) * angle) * (1 + Math.exp(-2 * m * angle))) / (1 + Math.exp(-2 * n * angle));
}

function maskAt(iterations: number, s: number, lower: number, upper: number, start: number): number {
  const width = upper - lower;
  const [high, low] = product(s, s); // λ to twice the digits, because the distances to both ends cancel
  const [fromLower, fromUpper] = [high - lower + low, high - upper + low];
  if (fromLower < 0) return outside(iterations, high / width, arcosh(-fromLower / width), start);
  if (fromUpper > 0) {
    // z < −1: T_T(z) = (−1)^T·T_T(−z).
    const angle = arcosh(fromUpper / width);
    if (iterations % 2 === 0) return outside(iterations, (lower - fromUpper) / width, angle, start);
    return 1 + coshOver(iterations, angle, start);
  }
  // (cosh Tφ₀ − cos Tθ)/cosh Tφ₀ = (2 sinh²(Tφ₀/2) + 1 − cos Tθ)/cosh Tφ₀
  const decay = Math.exp(-iterations * start);
  const rise = Math.expm1(-iterations * start);
  return (rise * rise + 2 * cosineFall(iterations, [high, low], lower, upper) * decay) / (1 + decay * decay);
}

/** cosh(Tφ)/cosh(Tφ₀). */
function coshOver(iterations: number, angle: number, start: number): number {
  return (
    (Math.exp(iterations * (angle - start)) * (1 + Math.exp(-2 * iterations * angle))) /
    (1 + Math.exp(-2 * iterations * start))
  );
}

/**
 * 1 − T_T(z) for λ in [a, c], by T_{2n} = 2T_n² − 1 and T_{2n+1} = 2T_nT_{n+1} − z in double-double numbers. T times an
 * angle in float64 loses its digits at numbers of steps at which, on an interval of many decades, r_T is not yet small.
 */
function cosineFall(iterations: number, lambda: DoubleDouble, lower: number, upper: number): number {
  const negated: DoubleDouble = [-1, 0];
  const twice = (a: DoubleDouble, b: DoubleDouble, less: DoubleDouble) =>
    add(multiply([2 * a[0], 2 * a[1]], b), multiply(less, negated));
  const above = add(sum(upper, lower), [-2 * lambda[0], -2 * lambda[1]]);
  const z = divide(above, sum(upper, -lower));
  let [value, next]: [DoubleDouble, DoubleDouble] = [[1, 0], z];
  for (const bit of iterations.toString(2)) {
    const middle = twice(value, next, z);
    [value, next] = bit === "1" ? [middle, twice(next, next, [1, 0])] : [twice(value, value, [1, 0]), middle];
  }
  return Math.max(0, add([1, 0], multiply(value, negated))[0]);
}

/**
 * 1 − cosh(Tφ)/cosh(Tφ₀) = 2 sinh(Tm) sinh(Td)/cosh(Tφ₀), m and d half the sum and half the difference of φ₀ and φ, where
 * `share` = (z₀ − z)/2 = sinh m · sinh d gives d without cancellation.
 */
function outside(iterations: number, share: number, angle: number, start: number): number {
  const mean = (start + angle) / 2;
  const half = Math.asinh(share / Math.sinh(mean));
  const fall = Math.expm1(-2 * iterations * half);
  return (Math.expm1(-2 * iterations * mean) * fall) / (1 + Math.exp(-2 * iterations * start));
}
