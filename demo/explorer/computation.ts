import {
  ArgumentError,
  dst7Basis,
  dstBaseline,
  type Engine,
  efficientLearningRate,
  iterationsFor,
  masks,
  psnr,
  thresholdAt,
} from "../../src/index.ts";
import type { Basis } from "./basis.ts";
import { Prediction } from "./prediction.ts";
import type { State } from "./state.ts";

/** All that is computed from a basis for one state of the controls. */
export interface Result {
  readonly basis: Basis;
  readonly state: State;
  readonly y: Float64Array;
  /** K, at most the number of components above the noise floor. */
  readonly components: number;
  readonly learningRate: number;
  /** q. */
  readonly iterations: number;
  /** κ. */
  readonly threshold: number;
  /** The number of singular values that are at least κ. */
  readonly kept: number;
  readonly stable: boolean;
  readonly prediction: Prediction;
  /** ŷ of the mask of q steps, by the engine; undefined where the mask grows without bound. */
  readonly reconstruction: Float64Array | undefined;
  /** ŷ after a few real steps of gradient descent: before a run, the mask is measured from it. */
  readonly probe: { readonly step: number; readonly output: Float32Array };
  readonly baseline: Float64Array;
  readonly psnr: { readonly mask: number; readonly dst: number };
  /** DST-VII, N × N. */
  readonly dst: Float64Array;
}

const PROBE_STEPS = 50;

export async function computeResult(
  engine: Engine,
  basis: Basis,
  state: State,
  y: Float64Array,
  signal: AbortSignal,
): Promise<Result> {
  const { singularValues } = basis;
  if (!((singularValues[0] ?? 0) > 0)) {
    throw new ArgumentError("Every entry of this activation matrix is 0: there is nothing to learn from it.");
  }
  const learningRate = state.rate * efficientLearningRate(singularValues);
  const rank = singularValues.findLastIndex((s) => s > 0) + 1;
  const components = Math.min(state.components, rank);
  const iterations = state.follow ? iterationsFor({ singularValues, components, learningRate }) : state.iterations;
  const threshold = thresholdAt({ iterations, learningRate });
  const stable = state.rate <= 2;
  const mask = masks.gradientDescent({ learningRate, iterations });
  const reconstruction = stable ? (await engine.shrink(basis.svd, y, mask, { signal })).prediction : undefined;
  const step = stable ? Math.min(iterations, PROBE_STEPS) : 0;
  const output = (await engine.descend(basis.matrix, y, { learningRate, iterations: step, signal })).prediction;
  const baseline = dstBaseline(y, components, "dst7");
  return {
    basis,
    state,
    y,
    components,
    learningRate,
    iterations,
    threshold,
    kept: singularValues.filter((s) => s >= threshold * (1 - 1e-12)).length,
    stable,
    prediction: new Prediction(basis, y, learningRate),
    reconstruction,
    probe: { step, output },
    baseline,
    psnr: { mask: reconstruction ? psnr(y, reconstruction) : Number.NaN, dst: psnr(y, baseline) },
    dst: dst7Basis(y.length),
  };
}
