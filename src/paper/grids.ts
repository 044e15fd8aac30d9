import { linspace, offsetBiases, offsetSamples } from "../index.ts";

/** Sample positions and biases on [0, 1], with the words that describe them. */
export interface Grid {
  readonly name: string;
  readonly x: Float64Array;
  readonly b: Float64Array;
}

/**
 * x_n = (n + ½)/N, b_m = m/M. With N = M it makes Heaviside's matrix the lower triangular matrix of ones, whose SVD is
 * known in closed form. The offset grid does not: there x_n = b_{n+1}, and H(0) = 1 fills one more diagonal.
 */
export function midpointGrid(samples: number, width = samples): Grid {
  return {
    name: "x = (n+½)/N, b = m/M",
    x: Float64Array.from({ length: samples }, (_, n) => (n + 0.5) / samples),
    b: offsetBiases(width),
  };
}

/** Both ends of [0, 1] included. */
export function linspaceGrid(samples: number, width: number): Grid {
  return { name: "x = n/(N−1), b = m/(M−1)", x: linspace(0, 1, samples), b: linspace(0, 1, width) };
}

export function offsetGrid(samples: number, width: number): Grid {
  return { name: "x = (n+1)/N, b = m/M", x: offsetSamples(samples), b: offsetBiases(width) };
}
