import { ArgumentError, NotFiniteError } from "../errors.ts";
import { requireNumbers } from "./values.ts";

/** The largest float32. */
export const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;
/** The smallest positive number that is normal: a GPU may take smaller ones as 0. */
const FLOAT32_MIN_NORMAL = 2 ** -126;

/**
 * A copy of `values`, rounded to float32.
 * @throws ArgumentError where `values` are no numbers, NotFiniteError that names the first one that is NaN, infinite or
 * beyond float32.
 */
export function toFloat32(name: string, values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  requireNumbers(name, values);
  const rounded = Float32Array.from(values);
  const fault = rounded.findIndex((value) => !Number.isFinite(value));
  if (fault >= 0) {
    throw new NotFiniteError(
      `${name}[${fault}]: ${values[fault]} given, a finite number within float32's range expected`,
    );
  }
  return rounded;
}

/** @throws ArgumentError that names the first value whose magnitude is so small that a GPU may take it as 0. */
export function requireNormal(name: string, values: Float32Array): void {
  const fault = values.findIndex((value) => Math.abs(value) < FLOAT32_MIN_NORMAL);
  if (fault >= 0) throw new ArgumentError(`${name}[${fault}]: ${values[fault]} given, at least 2⁻¹²⁶ expected`);
}
