import type { Problem } from "./libraries.ts";

/** Gradient descent in float64 loops: w of every run after `count` steps from w = 0, runs × n. */
export function referenceWeights({ n, runs, entries, targets, learningRate }: Problem, count: number): Float64Array {
  const a = Float64Array.from(entries);
  const weights = new Float64Array(runs * n);
  for (let run = 0; run < runs; run++) {
    const w = weights.subarray(run * n, (run + 1) * n);
    const y = targets.subarray(run * n, (run + 1) * n);
    for (let step = 0; step < count; step++) {
      const gradient = new Float64Array(n);
      for (let row = 0; row < n; row++) {
        const entriesOfRow = a.subarray(row * n, (row + 1) * n);
        let residual = -(y[row] as number);
        for (let col = 0; col < n; col++) residual += (entriesOfRow[col] as number) * (w[col] as number);
        for (let col = 0; col < n; col++)
          gradient[col] = (gradient[col] as number) + (entriesOfRow[col] as number) * residual;
      }
      for (let col = 0; col < n; col++) w[col] = (w[col] as number) - learningRate * (gradient[col] as number);
    }
  }
  return weights;
}
