import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { largestEntries } from "../operator/largest-entry.ts";
import type { Spectrum } from "./result.ts";
import { noiseFloor, scaleExponent } from "./spectrum.ts";
import type { WorkingLayout } from "./working-layout.ts";

/**
 * The exponent of the power of two by which the working matrix of each matrix of the batch is scaled.
 * @throws NotFiniteError where a matrix holds NaN or infinity.
 */
export async function scaleExponents(
  gpu: Gpu,
  matrix: Matrix,
  { signal }: RunOptions,
): Promise<Int32Array<ArrayBuffer>> {
  return Int32Array.from(await largestEntries(gpu, matrix, signal), scaleExponent);
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
