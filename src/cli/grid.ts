import { type Engine, linspace, offsetBiases, offsetSamples } from "../index.ts";
import { requireFits } from "./limits.ts";

export type GridName = "offset" | "linspace";

/**
 * N samples and M biases on [0,1]: x = (n+1)/N and b = m/M on the offset grid, both ends included on the other.
 * @throws LimitError where the N×M matrix is beyond the device.
 */
export function networkGrid(engine: Engine, grid: GridName, samples: number, width: number) {
  requireFits(engine, "activation matrix", [samples, width]);
  return grid === "offset"
    ? { x: offsetSamples(samples), b: offsetBiases(width) }
    : { x: linspace(0, 1, samples), b: linspace(0, 1, width) };
}
