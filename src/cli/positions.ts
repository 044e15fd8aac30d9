import { Option } from "commander";
import { type Engine, linspace, offsetBiases, offsetSamples } from "../index.ts";
import { requireFits } from "./limits.ts";

export type GridName = "offset" | "linspace";

/** --grid, offset unless given. */
export function gridOption(): Option {
  return new Option("--grid <name>", "x = (n+1)/N, b = m/M; or both from 0 to 1, ends included")
    .choices(["offset", "linspace"])
    .default("offset");
}

/**
 * The positions of N samples x and M biases b on [0, 1].
 * @throws LimitError where the N × M matrix is beyond the device
 */
export function networkPositions(engine: Engine, grid: GridName, samples: number, width: number) {
  requireFits(engine, "activation matrix", [samples, width]);
  return grid === "offset"
    ? { x: offsetSamples(samples), b: offsetBiases(width) }
    : { x: linspace(0, 1, samples), b: linspace(0, 1, width) };
}
