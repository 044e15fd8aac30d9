import {
  type Activation,
  type Engine,
  type Matrix,
  offsetBiases,
  offsetSamples,
  type RunOptions,
  type Svd,
} from "../../src/index.ts";
import type { State } from "./state.ts";

/** An activation matrix and its SVD. Owns both on the GPU. */
export interface Basis {
  readonly key: string;
  readonly matrix: Matrix;
  readonly svd: Svd;
  /** U on the host: N × count, row-major. */
  readonly components: Float32Array;
  readonly count: number;
  readonly x: Float64Array;
  readonly noiseFloor: number;
  /** Those of the SVD, with 0 in place of values below the noise floor, so that masks ignore them. */
  readonly singularValues: Float64Array;
  readonly milliseconds: number;
  destroy(): void;
}

/** What the matrix depends on: states with the same key share an SVD. */
export function basisKey({ activation, wgsl, scale, samples, width }: State): string {
  return JSON.stringify([activation, activation === "wgsl" ? wgsl : "", scale, samples, width]);
}

export async function computeBasis(engine: Engine, state: State, options: RunOptions): Promise<Basis> {
  const activation: Activation = state.activation === "wgsl" ? { wgsl: state.wgsl } : state.activation;
  const x = offsetSamples(state.samples);
  const start = performance.now();
  // The impulse is 0 except where a bias meets a sample.
  const b = activation === "impulse" ? offsetSamples(state.width) : offsetBiases(state.width);
  const matrix = await engine.activationMatrix({ activation, scale: state.scale, x, b });
  let svd: Svd | undefined;
  try {
    svd = await engine.svd(matrix, options);
    const components = await svd.U.read(); // waits for the last of the SVD's work
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
