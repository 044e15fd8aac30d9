import { finiteNumbers, requireAtMost, requireInteger, requireOneOf, WIDEST } from "../checks/values.ts";
import { powerOfTwoNear, scaledBack } from "./scale.ts";

/**
 * Which sine transform: the sines of DST-I are 0 one sample beyond both ends of the signal, those of DST-VII before its
 * start.
 */
export type DstKind = "dst1" | "dst7";

/** sin(π·numerator/denominator) for integers, reduced to one period first, so that large products lose no digits. */
function sinPi(numerator: number, denominator: number): number {
  return Math.sin((Math.PI * (numerator % (2 * denominator))) / denominator);
}

function basis(n: number, element: (i: number, k: number) => number): Float64Array {
  requireInteger("n", n, 1);
  requireAtMost("n", n, WIDEST);
  return Float64Array.from({ length: n * n }, (_, at) => element(Math.floor(at / n), at % n));
}

/**
 * DST-I: √(2/(n+1))·sin(π(i+1)(k+1)/(n+1)). n×n row-major, orthonormal: element [i·n + k] is sample i of component k.
 * @throws ArgumentError unless n is an integer from 1 to 11 585.
 */
export function dst1Basis(n: number): Float64Array {
  return basis(n, (i, k) => Math.sqrt(2 / (n + 1)) * sinPi((i + 1) * (k + 1), n + 1));
}

/**
 * DST-VII: 2/√(2n+1)·sin(π(i+1)(2k+1)/(2n+1)), the left singular vectors of the n×n lower triangular matrix of ones
 * (Heaviside on the offset grid). n×n row-major, orthonormal: element [i·n + k] is sample i of component k.
 * @throws ArgumentError unless n is an integer from 1 to 11 585.
 */
export function dst7Basis(n: number): Float64Array {
  return basis(n, (i, k) => (2 / Math.sqrt(2 * n + 1)) * sinPi((i + 1) * (2 * k + 1), 2 * n + 1));
}

const bases: Record<DstKind, (n: number) => Float64Array> = { dst1: dst1Basis, dst7: dst7Basis };

/**
 * The signal `y` with only its first `components` coefficients in the sine transform `kind`, as long as `y`. With 0
 * components it is 0, with all of them it is `y` except for rounding.
 * @throws ArgumentError where `y` is empty or has more than 11 585 samples, `components` is not an integer
 * in 0 … y.length, or `kind` is not known; NotFiniteError where `y` or the result is not finite.
 */
export function dstBaseline(y: ArrayLike<number>, components: number, kind: DstKind): Float64Array {
  const signal = finiteNumbers("y", y);
  const n = signal.length;
  requireInteger("components", components, 0);
  requireAtMost("components", components, n);
  requireOneOf("kind", kind, Object.keys(bases));
  const vectors = bases[kind](n);
  const unit = powerOfTwoNear(signal); // sums of numbers near the greatest float64 overflow
  const kept = new Float64Array(n);
  for (let k = 0; k < components; k++) {
    let coefficient = 0;
    for (let i = 0; i < n; i++) coefficient += (vectors[i * n + k] as number) * ((signal[i] as number) / unit);
    for (let i = 0; i < n; i++) kept[i] = (kept[i] as number) + coefficient * (vectors[i * n + k] as number);
  }
  return scaledBack("y", kept, unit);
}
