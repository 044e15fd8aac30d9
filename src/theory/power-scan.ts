/**
 * What a scan needs to compute f(t) = Σ_{s ≤ t} w·(t − s)^p at points t for sources s, where t − s = scale·(point − source).
 * f is a product with the activation matrix of a truncated power; the scan does not need the matrix.
 */
export interface PowerScanPlan {
  /** The indices of the sources in the order in which a point passes them as t grows; equal sources keep their order. */
  readonly order: Uint32Array;
  /** The sources in this order, negated where the scale is negative, so that they ascend. */
  readonly positions: Float64Array;
  /** The points in the order given, also negated where the scale is negative. */
  readonly points: Float64Array;
  /** For each point, how many sources are at or before it. */
  readonly before: Uint32Array;
  /** |scale|, the factor for differences of `points` and `positions`. */
  readonly scale: number;
}

/**
 * The plans of both products with A[n,m] = (scale·(x_n − b_m))₊^p: `product` of A·w, whose sources are the biases, and
 * `transposed` of Aᵀr, whose sources are the samples.
 */
export function planActivationScans(
  x: ArrayLike<number>,
  b: ArrayLike<number>,
  scale = 1,
): { product: PowerScanPlan; transposed: PowerScanPlan } {
  return { product: planPowerScan(b, x, scale), transposed: planPowerScan(x, b, -scale) };
}

/**
 * The plan for finite numbers in any order; about 0.3 s for 2²⁰ sorted sources and points, 0.8 s for unsorted ones. Only
 * differences of positions are scaled or rounded: a common offset costs no accuracy, and the distance of a point to an equal
 * source is 0. With a scale of 0, the distance of every point to every source is 0.
 */
export function planPowerScan(sources: ArrayLike<number>, points: ArrayLike<number>, scale: number): PowerScanPlan {
  const direction = Math.sign(scale);
  const unsorted = multiplied(sources, direction);
  const order = new Uint32Array(unsorted.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((i, j) => (unsorted[i] as number) - (unsorted[j] as number) || i - j);
  const positions = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) positions[i] = unsorted[order[i] as number] as number;

  const directed = multiplied(points, direction);
  const before = new Uint32Array(directed.length);
  for (let n = 0; n < before.length; n++) before[n] = countUpTo(positions, directed[n] as number);
  return { order, positions, points: directed, before, scale: Math.abs(scale) };
}

/**
 * The float64 twin of the kernels of a scan: f at each point, for weights in the order of the given sources.
 */
export function powerScanTwin(
  { order, positions, points, before, scale }: PowerScanPlan,
  power: number,
  weights: ArrayLike<number>,
): Float64Array {
  // states[i]: the moments T_q = Σ_j w_j·(s − s_j)^q, q = 0 … power, of the first i sources, at the last of them
  const width = power + 1;
  const states = new Float64Array((order.length + 1) * width);
  const moments = new Float64Array(width);
  order.forEach((source, i) => {
    if (i > 0) shift(moments, scale * ((positions[i] as number) - (positions[i - 1] as number)));
    moments[0] = (moments[0] as number) + (weights[source] as number);
    states.set(moments, (i + 1) * width);
  });
  return Float64Array.from(before, (count, n) => {
    if (count === 0) return 0;
    moments.set(states.subarray(count * width, (count + 1) * width));
    shift(moments, scale * ((points[n] as number) - (positions[count - 1] as number)));
    return moments[power] as number;
  });
}

/** T_q ← Σ_j binom(q, j)·h^(q−j)·T_j: the moments at a point whose distance is greater by h. */
function shift(moments: Float64Array, h: number): void {
  for (let q = moments.length - 1; q > 0; q--) {
    let sum = 0;
    let factor = 1; // binom(q, j)·h^(q−j)
    for (let j = q; j >= 0; j--) {
      sum += factor * (moments[j] as number);
      factor *= (h * j) / (q - j + 1);
    }
    moments[q] = sum;
  }
}

/** How many of the ascending numbers are at most `limit`. */
function countUpTo(ascending: Float64Array, limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A loop, because `Float64Array.from` with a callback takes longer for 2²⁰ numbers than the whole search. */
function multiplied(values: ArrayLike<number>, factor: number): Float64Array {
  const products = new Float64Array(values.length);
  for (let i = 0; i < products.length; i++) products[i] = factor * (values[i] as number);
  return products;
}
