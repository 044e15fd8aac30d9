import { NotFiniteError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import { prepareLargestEntry } from "./largest-entry.ts";
import type { LinearOperator } from "./products.ts";

/** max|A| of each matrix of a batch, or a bound of it. @throws NotFiniteError where A holds NaN or infinity. */
export async function largestEntries(gpu: Gpu, a: LinearOperator, signal?: AbortSignal): Promise<Float32Array> {
  if (!(a instanceof Matrix)) return Float32Array.of(a.largestEntry);
  const largestEntry = await prepareLargestEntry(gpu);
  const largest = await gpu.withArena(async (arena) => {
    const buffer = await gpu.guard("largest entries", () => arena.storage("largest entries", a.batch * 4));
    await execute(gpu, await gpu.guard("largest entries", () => largestEntry(arena, a, buffer)), { signal });
    const [largest] = await readBack(gpu, [floats(buffer, a.batch)]);
    return largest;
  });
  const fault = largest.findIndex((value) => !Number.isFinite(value));
  if (fault >= 0) throw new NotFiniteError(`matrix ${fault} holds NaN or infinity, finite entries expected`);
  return largest;
}

/** A power of two of about σ₁, at most some √(N·M) too large, so that what is counted in it stays within float32. */
export function scaleOf({ rows, cols }: LinearOperator, largest: Float32Array): number {
  const bound = Math.max(...largest) * Math.sqrt(rows * cols);
  return bound > 0 ? 2 ** Math.round(Math.log2(bound)) : 1;
}
