import { expect } from "vitest";
import type { ActivationName, Engine } from "../../src/index.ts";
import { activationMatrixShape, activationMatrixTwin } from "../../src/theory/activations.ts";
import { largest, relativeError } from "./numbers.ts";
import { createRandom } from "./random.ts";

export type Input = { activation: ActivationName; scale?: number; x: Float64Array; b: Float64Array; v?: Float64Array };

/** One step of gradient descent from given weights in float64, at a rate below 1/σ₁², and A·w before it. */
export function stepTwin(input: Input, y: ArrayLike<number>, w: ArrayLike<number>) {
  const { rows, cols } = activationMatrixShape(input);
  const a = activationMatrixTwin(input);
  const learningRate = Math.fround(1 / a.reduce((sum, value) => sum + value * value, 1e-30));
  const product = Float64Array.from({ length: rows }, (_, n) => {
    let sum = 0;
    for (let m = 0; m < cols; m++) sum += (a[n * cols + m] as number) * (w[m] as number);
    return sum;
  });
  const weights = Float64Array.from({ length: cols }, (_, m) => {
    let gradient = 0;
    for (let n = 0; n < rows; n++)
      gradient += (a[n * cols + m] as number) * ((product[n] as number) - (y[n] as number));
    return (w[m] as number) - learningRate * gradient;
  });
  return { product, weights, learningRate };
}

/** float32 sums of a few thousand products, in whatever order, in units of the largest result. */
export const TOLERANCE = 1e-6;

/** Positive weights and residuals of A's size, so that max|f| is not small by chance, and a step that changes w by about itself. */
export async function checkProducts(engine: Engine, input: Input, form: "stored" | "generated" | "scan") {
  const { rows, cols } = activationMatrixShape(input);
  const { uniform } = createRandom(7);
  const w = Float32Array.from({ length: cols }, () => 0.5 + uniform());
  const size = largest(activationMatrixTwin(input)) || 1;
  const y = Float32Array.from({ length: rows }, () => -size * (0.5 + uniform()));
  const { learningRate, ...twin } = stepTwin(input, y, w);
  using operator = await engine.activationOperator({ ...input, form });
  expect(operator).toMatchObject({ form, rows, cols });
  const start = await engine.descend(operator, y, { learningRate, iterations: 0, initialWeights: w });
  expect(relativeError(start.prediction, twin.product)).toBeLessThan(TOLERANCE);
  const run = await engine.descend(operator, y, { learningRate, iterations: 1, initialWeights: w });
  expect(relativeError(run.weights, twin.weights)).toBeLessThan(TOLERANCE);
}
