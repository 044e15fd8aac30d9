import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import { readFloats } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { NEGLIGIBLE_NORM } from "../kernels/working-layout.ts";
import { completeBasis } from "../theory/complete-basis.ts";

/**
 * Gives the singular vectors of negligible singular values, zero columns so far, directions that make the basis
 * orthonormal; `lengths` are those of the working rows, descending, batch × cols of `vectors`.
 */
export async function completeVectors(
  gpu: Gpu,
  vectors: Matrix,
  lengths: Float64Array,
  { signal }: RunOptions,
): Promise<void> {
  const { rows, cols, batch, buffer, low } = vectors;
  for (let matrix = 0; matrix < batch; matrix++) {
    const known = lengths.subarray(matrix * cols, (matrix + 1) * cols).findIndex((norm) => norm <= NEGLIGIBLE_NORM);
    if (known < 0) continue;
    signal?.throwIfAborted();
    const offset = matrix * rows * cols * 4;
    const basis = Float64Array.from(await readFloats(gpu, buffer, rows * cols, offset));
    const rest = low ? await readFloats(gpu, low, rows * cols, offset) : [];
    for (const [i, value] of rest.entries()) basis[i] = (basis[i] ?? 0) + value;
    completeBasis(basis, rows, cols, known);
    const high = Float32Array.from(basis);
    const lost = high.map((hi, i) => (basis[i] as number) - hi);
    await gpu.guard("singular vectors", () => {
      gpu.device.queue.writeBuffer(buffer, offset, high);
      if (low) gpu.device.queue.writeBuffer(low, offset, lost);
    });
  }
}
