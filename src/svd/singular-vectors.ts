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
 * `vectors`.
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
  const incomplete = [...known.keys()].filter((matrix) => (known[matrix] as number) >= 0);
  const planes = low ? [buffer, low] : [buffer];
  const offset = (matrix: number) => matrix * rows * cols * 4;
  const parts = await readBack(
    gpu,
    incomplete.flatMap((matrix) => planes.map((plane) => floats(plane, rows * cols, offset(matrix)))),
  );
  for (const [i, matrix] of incomplete.entries()) {
    signal?.throwIfAborted();
    const [high, rest] = parts.slice(i * planes.length, (i + 1) * planes.length);
    const basis = rest ? joinEntries(high as Float32Array, rest) : Float64Array.from(high as Float32Array);
    completeBasis(basis, rows, cols, known[matrix] as number);
    const completed = splitEntries(basis);
    await gpu.guard("singular vectors", () => {
      gpu.memory.write(buffer, completed.high, offset(matrix));
      if (low) gpu.memory.write(low, completed.low, offset(matrix));
    });
  }
}
