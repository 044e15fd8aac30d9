/**
 * A two-float carries a number as the unevaluated sum hi + lo of two float32, hi = fround(a), lo = fround(a − hi): about
 * 48 bits of a float64's 53, |a − hi − lo| ≤ 2⁻⁴⁹·|a|. The range is float32's: whoever splits refuses what lies beyond.
 */

/** Splits n float64 into 2n float32, each number's hi followed by its lo: WGSL's `array<two_float>`. */
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
