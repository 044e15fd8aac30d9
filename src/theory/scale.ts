import { NotFiniteError } from "../errors.ts";

/** The greatest magnitude of finite numbers, 0 where there are none. */
export function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

/** e of a number's m·2ᵉ, 1 ≤ |m| < 2, except that a number next to the upper end may count as beyond it; 0 for 0. */
export function exponentOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value)));
}

/**
 * A power of two of about the greatest magnitude of finite numbers, 1 where all are 0. A division by it rounds nothing, and
 * keeps squares and sums within float64.
 */
export function powerOfTwoNear(values: ArrayLike<number>): number {
  return 2 ** Math.min(1023, exponentOf(largestOf(values)));
}

/** `values` times `unit`. @throws NotFiniteError that names what was given in that unit, where one is beyond float64. */
export function scaledBack(name: string, values: Float64Array, unit: number): Float64Array {
  const back = values.map((value) => value * unit);
  if (back.every(Number.isFinite)) return back;
  throw new NotFiniteError(`${name}: numbers of about ${unit} given, smaller ones expected: the result overflows`);
}
