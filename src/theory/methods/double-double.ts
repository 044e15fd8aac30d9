/** An unevaluated sum of two float64, |low| at most ½ ulp of high: about 106 bits. */
export type DoubleDouble = readonly [high: number, low: number];

/** a + b exactly. */
export function sum(a: number, b: number): DoubleDouble {
  const high = a + b;
  const virtual = high - a;
  return [high, a - (high - virtual) + (b - virtual)];
}

/** a·b exactly, for |a|, |b| below 2⁹⁹⁶ (T. J. Dekker, 1971). */
export function product(a: number, b: number): DoubleDouble {
  const high = a * b;
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return [high, aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const [high, low] = sum(a[0], b[0]);
  const [lowHigh, lowLow] = sum(a[1], b[1]);
  const [middle, rest] = quickSum(high, low + lowHigh);
  return quickSum(middle, rest + lowLow);
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const [high, low] = product(a[0], b[0]);
  return quickSum(high, low + (a[0] * b[1] + a[1] * b[0]));
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a[0] / b[0];
  const rest = add(a, multiply([-first, 0], b));
  const second = rest[0] / b[0];
  const last = add(rest, multiply([-second, 0], b))[0] / b[0];
  return add(quickSum(first, second), [last, 0]);
}

/** a + b exactly, for |a| ≥ |b|. */
function quickSum(a: number, b: number): DoubleDouble {
  const high = a + b;
  return [high, b - (high - a)];
}

function upperHalf(a: number): number {
  const scaled = (2 ** 27 + 1) * a;
  return scaled - (scaled - a);
}
