import { type Engine, LimitError } from "../index.ts";

/**
 * Asks before the host reads a file or fills arrays for a matrix that the engine would refuse.
 * @throws LimitError where float32 entries of this shape are beyond the device.
 */
export function requireFits(engine: Engine, what: string, shape: readonly number[]): void {
  const limit = "maxStorageBufferBindingSize";
  const allowed = engine.info.limits[limit] ?? 0;
  const bytes = shape.reduce((product, size) => product * size, 4);
  if (bytes > allowed) throw new LimitError(`${what}, ${shape.join(" × ")}`, limit, bytes, allowed);
}
