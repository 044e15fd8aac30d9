import { ArgumentError, NotFiniteError } from "../errors.ts";
import { requireNumbers } from "./values.ts";

/** The largest float32, and the smallest that a GPU may not take as zero. */
export const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;
const FLOAT32_MIN_NORMAL = 2 ** -126;

/**
 * Rounds to float32, in an array of its own.
 * @throws ArgumentError where `values` are no numbers, NotFiniteError that names the first which is NaN, infinite or beyond
 * float32.
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

/** @throws ArgumentError that names the first positive value so small that a GPU may take it as zero. */
export function requireNormal(name: string, values: Float32Array): void {
  const fault = values.findIndex((value) => Math.abs(value) < FLOAT32_MIN_NORMAL);
  if (fault >= 0) throw new ArgumentError(`${name}[${fault}]: ${values[fault]} given, at least 2⁻¹²⁶ expected`);
}
