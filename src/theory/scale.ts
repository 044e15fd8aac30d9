import { NotFiniteError } from "../errors.ts";

/** The greatest magnitude of finite numbers, 0 where there are none. */
export function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

/** The exponent e of m·2ᵉ with 1 ≤ |m| < 2, possibly one more where |m| rounds to 2; 0 for 0. */
export function exponentOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value)));
}

/**
 * A power of two near the greatest magnitude of finite numbers, 1 where all are 0. Division by it is exact, and keeps
 * squares and sums within float64.
 */
export function powerOfTwoNear(values: ArrayLike<number>): number {
  return 2 ** Math.min(1023, exponentOf(largestOf(values)));
}

/** `values` times `unit`. @throws NotFiniteError with the name of the argument where a product is beyond float64. */
export function scaledBack(name: string, values: Float64Array, unit: number): Float64Array {
  const back = values.map((value) => value * unit);
  if (back.every(Number.isFinite)) return back;
  throw new NotFiniteError(`${name}: numbers of about ${unit} given, smaller ones expected: the result overflows`);
}
