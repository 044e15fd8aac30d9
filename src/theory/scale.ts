import { NotFiniteError } from "../errors.ts";

/**
 * A power of two of about the greatest magnitude of finite numbers, 1 where all are 0. To divide by it rounds nothing, and it keeps squares and sums within float64.
 */
export function powerOfTwoNear(values: Float64Array): number {
  const top = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return top === 0 ? 1 : 2 ** Math.min(1023, Math.floor(Math.log2(top)));
}

/** `values` times `unit`. @throws NotFiniteError that names what was given in that unit, where one is beyond float64. */
export function scaledBack(name: string, values: Float64Array, unit: number): Float64Array {
  const back = values.map((value) => value * unit);
  if (back.every(Number.isFinite)) return back;
  throw new NotFiniteError(`${name}: numbers of about ${unit} given, smaller ones expected: the result overflows`);
}
