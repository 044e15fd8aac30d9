import { ArgumentError, NotFiniteError } from "../errors.ts";

/** @throws ArgumentError unless `value` is an integer and at least `least`. */
export function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`${name}: ${value} given, an integer of at least ${least} expected`);
  }
}

/** @throws ArgumentError unless `value` is a finite number above 0. */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`${name}: ${value} given, a finite number above 0 expected`);
  }
}

/** @throws ArgumentError unless `value` is a finite number of at least 0. */
export function requireNotNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(`${name}: ${value} given, a finite number of at least 0 expected`);
  }
}

/** Rounds to float32. @throws NotFiniteError that names the first value which is NaN, infinite or beyond float32. */
export function toFloat32(name: string, values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const rounded = Float32Array.from(values);
  const fault = rounded.findIndex((value) => !Number.isFinite(value));
  if (fault >= 0) {
    throw new NotFiniteError(`${name}[${fault}] is ${values[fault]}, a finite number within float32's range expected`);
  }
  return rounded;
}
