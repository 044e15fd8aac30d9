import { linspace, offsetBiases, offsetSamples } from "../index.ts";

/** Sample positions and biases on [0, 1], with the words that describe them. */
export interface Grid {
  readonly name: string;
  readonly x: Float64Array;
  readonly b: Float64Array;
}

/** Both ends of [0, 1] included. */
export function linspaceGrid(samples: number, width: number): Grid {
  return { name: "x = n/(N−1), b = m/(M−1)", x: linspace(0, 1, samples), b: linspace(0, 1, width) };
}

/** No dead neuron; with N = M Heaviside is the lower triangular matrix of ones, and ReLU its square over N. */
export function offsetGrid(samples: number, width = samples): Grid {
  return { name: "x = (n+1)/N, b = m/M", x: offsetSamples(samples), b: offsetBiases(width) };
}
