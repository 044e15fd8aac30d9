import { NotFiniteError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { readBack, words } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { createLargestEntry } from "../kernels/largest-entry.ts";
import type { WorkingLayout } from "../kernels/working-layout.ts";
import type { Spectrum } from "./result.ts";
import { noiseFloor, scaleExponent } from "./spectrum.ts";

/**
 * The exponent of the power of two by which the working matrix of each matrix of the batch is scaled.
 * @throws NotFiniteError where a matrix holds NaN or infinity.
 */
export async function scaleExponents(
  gpu: Gpu,
  matrix: Matrix,
  { signal }: RunOptions,
): Promise<Int32Array<ArrayBuffer>> {
  const largestEntry = await createLargestEntry(gpu);
  return gpu.withArena(async (arena) => {
    const { largest, steps } = await gpu.guard("svd", () => {
      const largest = arena.storage("largest entries", matrix.batch * 4);
      return { largest, steps: largestEntry(arena, matrix, largest) };
    });
    await execute(gpu, steps, { signal });
    const [bits] = await readBack(gpu, [words(largest, matrix.batch)]);
    const exponents = Array.from(bits, scaleExponent);
    const faulty = exponents.findIndex(Number.isNaN);
    if (faulty >= 0) {
      throw new NotFiniteError(`matrix ${faulty} of ${matrix.batch} holds NaN or infinity; svd expects finite entries`);
    }
    return Int32Array.from(exponents);
  });
}

/**
 * The spectrum of the matrices themselves from the lengths of their scaled rows, n a matrix, descending, after `rounds`
 * rotations of each row.
 */
export function toSpectrum(
  lengths: Float64Array,
  exponents: Int32Array,
  layout: WorkingLayout,
  halfUlp: number,
  { sweeps, rounds, converged }: Pick<Spectrum, "sweeps" | "converged"> & { readonly rounds: number },
): Spectrum {
  const singularValues = lengths.map((length, i) => length * 2 ** -(exponents[Math.floor(i / layout.rows)] as number));
  return { singularValues, noiseFloor: noiseFloor(singularValues, layout, halfUlp, rounds), sweeps, converged };
}
