import { ArgumentError, type Engine, LimitError, NotFiniteError } from "../index.ts";

/**
 * Checks the size of a matrix before the host reads its file or fills its arrays.
 * @throws LimitError where float32 entries of this shape are beyond the device
 */
export function requireFits(engine: Engine, what: string, shape: readonly number[]): void {
  const limit = "maxStorageBufferBindingSize";
  const allowed = engine.info.limits[limit] ?? 0;
  const bytes = shape.reduce((product, size) => product * size, 4);
  if (bytes > allowed) throw new LimitError(`${what}, ${shape.join(" × ")}`, limit, bytes, allowed);
}

/** Smaller numbers lose digits in float32, and GPUs may treat them as 0. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Refuses numbers that float32 cannot hold: NaN, infinity, numbers beyond its range, and a matrix (the last two dimensions
 * of `shape`) or a signal that is not zero, yet so small that float32 makes it zero.
 * @throws NotFiniteError that names the entry, ArgumentError
 */
export function requireFloat32(path: string, values: ArrayLike<number>, shape: readonly number[]): void {
  const size = shape.slice(-2).reduce((product, length) => product * length, 1);
  for (let start = 0; start < values.length; start += size) {
    let largest = 0;
    for (let i = start; i < start + size; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(Math.fround(value))) {
        const fault = Number.isFinite(value) ? "a number within float32's range" : "a finite number";
        throw new NotFiniteError(`${path}: entry [${position(i, shape)}] is ${value}; expected ${fault}`);
      }
      largest = Math.max(largest, Math.abs(value));
    }
    if (largest > 0 && largest < SMALLEST_NORMAL) {
      throw new ArgumentError(
        `${path}: its largest number is ${largest}; expected at least ${SMALLEST_NORMAL}, float32's smallest: scale it`,
      );
    }
  }
}

/** The index of an entry in C order, as one index from 0 for each dimension. */
function position(index: number, shape: readonly number[]): string {
  let rest = index;
  const indices = [...shape].reverse().map((size) => {
    const at = rest % size;
    rest = (rest - at) / size;
    return at;
  });
  return indices.reverse().join(", ");
}
