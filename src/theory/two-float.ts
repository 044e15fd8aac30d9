/**
 * A two-float carries a number as the unevaluated sum hi + lo of two float32, hi = fround(a), lo = fround(a − hi): about
 * 48 bits of the 53 of a float64, |a − hi − lo| ≤ 2⁻⁴⁹·|a|. Its range is that of float32: check that numbers lie within it
 * before they are split.
 */

/** Splits n float64 into 2n float32, the hi of each number followed by its lo, as `array<two_float>` has them in WGSL. */
export function splitTwoFloat(values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const pairs = new Float32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const hi = Math.fround(value);
    pairs[2 * i] = hi;
    pairs[2 * i + 1] = value - hi;
  }
  return pairs;
}
