/** The sums hi + lo of n interleaved pairs, in float64. */
export function joinTwoFloat(pairs: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const values = new Float64Array(pairs.length / 2);
  for (let i = 0; i < values.length; i++) {
    values[i] = (pairs[2 * i] as number) + (pairs[2 * i + 1] as number);
  }
  return values;
}
