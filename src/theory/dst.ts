import { ArgumentError } from "../errors.ts";
import { requireInteger } from "./checks.ts";

/** Which sine transform: DST-I vanishes beyond both ends of the signal, DST-VII beyond the first end only. */
export type DstKind = "dst1" | "dst7";

/** sin(π·numerator/denominator) for integers, reduced to one period first, so that large products lose nothing. */
function sinPi(numerator: number, denominator: number): number {
  return Math.sin((Math.PI * (numerator % (2 * denominator))) / denominator);
}

function basis(n: number, element: (i: number, k: number) => number): Float64Array {
  requireInteger("n", n, 1);
  return Float64Array.from({ length: n * n }, (_, at) => element(Math.floor(at / n), at % n));
}

/**
 * DST-I: √(2/(n+1))·sin(π(i+1)(k+1)/(n+1)). n×n row-major, orthonormal: element [i·n + k] is sample i of component k.
 * @throws ArgumentError unless n is a positive integer.
 */
export function dst1Basis(n: number): Float64Array {
  const scale = Math.sqrt(2 / (n + 1));
  return basis(n, (i, k) => scale * sinPi((i + 1) * (k + 1), n + 1));
}

/**
 * DST-VII: 2/√(2n+1)·sin(π(i+1)(2k+1)/(2n+1)), the left singular vectors of the n×n lower triangular matrix of ones
 * (Heaviside on the offset grid). n×n row-major, orthonormal: element [i·n + k] is sample i of component k.
 * @throws ArgumentError unless n is a positive integer.
 */
export function dst7Basis(n: number): Float64Array {
  const scale = 2 / Math.sqrt(2 * n + 1);
  return basis(n, (i, k) => scale * sinPi((i + 1) * (2 * k + 1), 2 * n + 1));
}

const bases: Record<DstKind, (n: number) => Float64Array> = { dst1: dst1Basis, dst7: dst7Basis };

/**
 * The signal `y` kept to its first `components` coefficients in the sine transform `kind`, as many samples as `y` has.
 * 0 components give zeros, all of them give `y` to rounding.
 * @throws ArgumentError where `y` is empty or `components` is not an integer in 0 … y.length.
 */
export function dstBaseline(y: ArrayLike<number>, components: number, kind: DstKind): Float64Array {
  const n = y.length;
  requireInteger("components", components, 0);
  if (components > n) throw new ArgumentError(`components: ${components} given, at most ${n} samples expected`);
  if (!Object.hasOwn(bases, kind)) throw new ArgumentError(`kind: "${kind}" given, "dst1" or "dst7" expected`);
  const vectors = bases[kind](n);
  const kept = new Float64Array(n);
  for (let k = 0; k < components; k++) {
    let coefficient = 0;
    for (let i = 0; i < n; i++) coefficient += (vectors[i * n + k] as number) * (y[i] as number);
    for (let i = 0; i < n; i++) kept[i] = (kept[i] as number) + coefficient * (vectors[i * n + k] as number);
  }
  return kept;
}
