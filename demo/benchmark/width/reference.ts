/** Least squares with A[n,m] = max(0, x[n] − x[m]), x ascending. */
export interface Problem {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly learningRate: number;
}

/** Gradient descent in float64 by running sums, O(n) a step: w after `count` steps from w = 0. */
export function referenceWeights({ x, y, learningRate }: Problem, count: number): Float64Array {
  const n = x.length;
  const weights = new Float64Array(n);
  const residual = new Float64Array(n);
  for (let step = 0; step < count; step++) {
    // (Aw)[i] = Σ w[j]·(x[i] − x[j]) over j < i.
    let [sum, moment] = [0, 0];
    for (let i = 0; i < n; i++) {
      const [at, weight] = [x[i] as number, weights[i] as number];
      residual[i] = at * sum - moment - (y[i] as number);
      sum += weight;
      moment += weight * at;
    }
    // (Aᵀr)[j] = Σ r[i]·(x[i] − x[j]) over i > j.
    [sum, moment] = [0, 0];
    for (let j = n - 1; j >= 0; j--) {
      const [at, own] = [x[j] as number, residual[j] as number];
      weights[j] = (weights[j] as number) - learningRate * (moment - at * sum);
      sum += own;
      moment += own * at;
    }
  }
  return weights;
}
