import { type Engine, linspace, offsetBiases, offsetSamples } from "../index.ts";
import { requireFits } from "./limits.ts";

/** A choice of positions on [0, 1]: x = (n+1)/N and b = m/M, or both with both ends included. */
export type GridName = "offset" | "linspace";

/**
 * The positions of N samples x and M biases b.
 * @throws LimitError where the N × M matrix is beyond the device
 */
export function networkPositions(engine: Engine, grid: GridName, samples: number, width: number) {
  requireFits(engine, "activation matrix", [samples, width]);
  return grid === "offset"
    ? { x: offsetSamples(samples), b: offsetBiases(width) }
    : { x: linspace(0, 1, samples), b: linspace(0, 1, width) };
}
