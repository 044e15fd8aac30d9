import {
  type Activation,
  ArgumentError,
  dst7Basis,
  dstBaseline,
  type Engine,
  efficientLearningRate,
  iterationsFor,
  type Matrix,
  masks,
  offsetBiases,
  offsetSamples,
  psnr,
  type RunOptions,
  type Svd,
  thresholdAt,
} from "../../src/index.ts";
import { Prediction } from "./prediction.ts";
import type { State } from "./state.ts";

/** An activation matrix and its SVD; owns both on the GPU. */
export interface Basis {
  readonly key: string;
  readonly matrix: Matrix;
  readonly svd: Svd;
  /** U on the host: N × count, row-major. */
  readonly components: Float32Array;
  readonly count: number;
  readonly x: Float64Array;
  readonly noiseFloor: number;
  /** The SVD's, with those below the noise floor as 0: to a mask they are nothing. */
  readonly singularValues: Float64Array;
  readonly milliseconds: number;
  destroy(): void;
}

/** What the controls ask of a basis, and what comes out. */
export interface Result {
  readonly basis: Basis;
  readonly state: State;
  readonly y: Float64Array;
  /** K, at most as many as there are components above the noise floor. */
  readonly components: number;
  readonly learningRate: number;
  /** q. */
  readonly iterations: number;
  /** κ. */
  readonly threshold: number;
  /** How many σ reach κ. */
  readonly kept: number;
  readonly stable: boolean;
  readonly prediction: Prediction;
  /** ŷ of the mask of q steps, by the engine; none where the mask grows without bound. */
  readonly reconstruction: Float64Array | undefined;
  /** ŷ of a few real steps of gradient descent, so that the mask can be measured before a run. */
  readonly probe: { readonly step: number; readonly output: Float32Array };
  readonly baseline: Float64Array;
  readonly psnr: { readonly mask: number; readonly dst: number };
  /** DST-VII, N × N. */
  readonly dst: Float64Array;
}

const PROBE_STEPS = 50;

/** What the matrix depends on: an SVD is good for every state with the same key. */
export function basisKey({ activation, wgsl, scale, samples, width }: State): string {
  return JSON.stringify([activation, activation === "wgsl" ? wgsl : "", scale, samples, width]);
}

export async function computeBasis(engine: Engine, state: State, options: RunOptions): Promise<Basis> {
  const activation: Activation = state.activation === "wgsl" ? { wgsl: state.wgsl } : state.activation;
  const x = offsetSamples(state.samples);
  const start = performance.now();
  // The impulse is 0 but where a bias meets a sample.
  const b = activation === "impulse" ? offsetSamples(state.width) : offsetBiases(state.width);
  const matrix = await engine.activationMatrix({ activation, scale: state.scale, x, b });
  let svd: Svd | undefined;
  try {
    svd = await engine.svd(matrix, options);
    const components = await svd.U.read(); // which waits for the last of the SVD's work
    const milliseconds = performance.now() - start;
    const owned = svd;
    const noiseFloor = svd.noiseFloor[0] ?? 0;
    return {
      key: basisKey(state),
      matrix,
      svd,
      components,
      count: svd.U.cols,
      x,
      noiseFloor,
      singularValues: svd.singularValues.map((s) => (s < noiseFloor ? 0 : s)),
      milliseconds,
      destroy: () => {
        owned.destroy();
        matrix.destroy();
      },
    };
  } catch (error) {
    svd?.destroy();
    matrix.destroy();
    throw error;
  }
}

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
  const reconstruction = stable ? (await engine.shrink(basis.svd, y, mask)).prediction : undefined;
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
