import { toFloat32 } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix, type Precision, splitEntries } from "../gpu/matrix.ts";

/** Numbers that become a matrix. */
export interface MatrixOptions {
  /** batch × rows × cols, row-major, one matrix after the other. */
  readonly data: ArrayLike<number>;
  /** N, from 0. */
  readonly rows: number;
  /** M, from 0. */
  readonly cols: number;
  /** How many matrices. Default 1. */
  readonly batch?: number;
  /** "extended" keeps about 48 bits of each entry. Default "single". */
  readonly precision?: Precision;
}

/** Copies numbers to the GPU. It reads them before its first await. */
export async function uploadMatrix(
  gpu: Gpu,
  { data, rows, cols, batch = 1, precision }: MatrixOptions,
): Promise<Matrix> {
  if (data.length !== batch * rows * cols) {
    throw new ArgumentError(
      `data: ${data.length} numbers given, batch × rows × cols = ${batch} × ${rows} × ${cols} expected`,
    );
  }
  gpu.memory.assertAllowed("matrix", 4 * data.length);
  const entries = toFloat32("data", data);
  const rest = precision === "extended" ? splitEntries(data).low : undefined;
  return gpu.withArena(async (arena) => {
    const [buffer, low] = await gpu.guard("matrix", () => [
      arena.upload("matrix", entries),
      rest && arena.upload("matrix, low", rest),
    ]);
    if (low) arena.release(low);
    return Matrix.create(gpu, { rows, cols, batch, buffer: arena.release(buffer), low });
  });
}
