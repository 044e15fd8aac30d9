import { ArgumentError, NotFiniteError } from "../index.ts";

/** Below it numbers lose digits in float32, and GPUs take them for 0. */
const smallestNormal = 2 ** -126;

/**
 * Refuses what the engine's float32 cannot carry: NaN, infinity, numbers beyond its range, and a matrix (the last two
 * dimensions of `shape`) or a signal that is not zero but so small that it would become zero.
 * @throws NotFiniteError that names the entry, ArgumentError.
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
    if (largest > 0 && largest < smallestNormal) {
      throw new ArgumentError(
        `${path}: its largest number is ${largest}; expected at least ${smallestNormal}, float32's smallest: scale it`,
      );
    }
  }
}

/** Indices from 0, one a dimension, of an entry in C order. */
function position(index: number, shape: readonly number[]): string {
  let rest = index;
  const indices = [...shape].reverse().map((size) => {
    const at = rest % size;
    rest = (rest - at) / size;
    return at;
  });
  return indices.reverse().join(", ");
}
