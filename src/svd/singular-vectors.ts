import { NEGLIGIBLE_NORM } from "../../shaders/shared/sweep.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { joinEntries, type Matrix, splitEntries } from "../gpu/matrix.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { completeBasis } from "../theory/complete-basis.ts";
import type { Spectrum } from "./spectrum.ts";

/** A = U·diag(σ)·Vᵀ, of n = min(rows, cols) columns each. Owns `U` and `V`, two matrices on the GPU. */
export interface Svd extends Spectrum {
  /** batch × rows × n, orthonormal columns: the principal components over the samples. */
  readonly U: Matrix;
  /** batch × cols × n, orthonormal columns. */
  readonly V: Matrix;
  /** Frees U and V. */
  destroy(): void;
  [Symbol.dispose](): void;
}

/** The SVD of a matrix whose shorter side has the vectors `short`, and whose longer side `long`. */
export function toSvd(spectrum: Spectrum, long: Matrix, short: Matrix, isTransposed: boolean): Svd {
  return { ...spectrum, ...(isTransposed ? ownerOf(long, short) : ownerOf(short, long)) };
}

/** An owner of singular vectors, whose `destroy` frees them. */
export function ownerOf(U: Matrix, V: Matrix): Pick<Svd, "U" | "V" | "destroy" | typeof Symbol.dispose> {
  const destroy = () => {
    U.destroy();
    V.destroy();
  };
  return { U, V, destroy, [Symbol.dispose]: destroy };
}

/** The factors that make rows of these lengths singular vectors; 0 where a length is negligible. */
export function inverses(lengths: Float64Array): Float64Array {
  return lengths.map((length) => (length > NEGLIGIBLE_NORM ? 1 / length : 0));
}

/**
 * Replaces the singular vectors of negligible singular values, which are columns of zeros so far, by unit vectors that
 * make the columns an orthonormal basis. `lengths` are those of the working rows, descending: batch × cols of
 * `vectors`. There is one wait, however many matrices of the batch are deficient.
 */
export async function completeVectors(
  gpu: Gpu,
  vectors: Matrix,
  lengths: Float64Array,
  { signal }: RunOptions,
): Promise<void> {
  const { rows, cols, batch, buffer, low } = vectors;
  const known = Array.from({ length: batch }, (_, matrix) =>
    lengths.subarray(matrix * cols, (matrix + 1) * cols).findIndex((norm) => norm <= NEGLIGIBLE_NORM),
  );
  const runs = runsOf(known.flatMap((first, matrix) => (first >= 0 ? [matrix] : [])));
  const planes = low ? [buffer, low] : [buffer];
  const size = rows * cols;
  const parts = await readBack(
    gpu,
    runs.flatMap(({ first, count }) => planes.map((plane) => floats(plane, count * size, first * size * 4))),
  );
  signal?.throwIfAborted();
  await gpu.guard("singular vectors", () => {
    for (const [i, { first, count }] of runs.entries()) {
      const [high, rest] = parts.slice(i * planes.length, (i + 1) * planes.length);
      const bases = rest ? joinEntries(high as Float32Array, rest) : Float64Array.from(high as Float32Array);
      for (let own = 0; own < count; own++) {
        completeBasis(bases.subarray(own * size, (own + 1) * size), rows, cols, known[first + own] as number);
      }
      const completed = splitEntries(bases);
      gpu.memory.write(buffer, completed.high, first * size * 4);
      if (low) gpu.memory.write(low, completed.low, first * size * 4);
    }
  });
}

/** Ascending numbers as runs of consecutive ones. */
function runsOf(numbers: readonly number[]): { first: number; count: number }[] {
  const runs: { first: number; count: number }[] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last.first + last.count === number) last.count++;
    else runs.push({ first: number, count: 1 });
  }
  return runs;
}
