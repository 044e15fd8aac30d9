import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import { jacobiSvd, type SquareSvd } from "../theory/jacobi.ts";
import { computeSvd } from "./svd.ts";

/** Columns up to which the host takes some 10 ms, where the GPU's three waits last up to 100 ms each. */
const MOST_ON_HOST = 64;

/** The SVD of a projection, n × n, row-major: on the host where it is small, else on the GPU, which may take longer. */
export async function projectedSvd(gpu: Gpu, entries: Float64Array, n: number): Promise<SquareSvd> {
  if (n <= MOST_ON_HOST) return jacobiSvd(entries, n);
  return gpu.withArena(async (arena) => {
    const buffer = await gpu.guard("truncatedSvd", () => arena.upload("projection", Float32Array.from(entries)));
    const { singularValues, U, V } = await computeSvd(gpu, undefined, new Matrix(gpu, buffer, n, n, 1), {});
    try {
      const [left, right] = await readBack(gpu, [floats(U.buffer, n * n), floats(V.buffer, n * n)]);
      return { singularValues, left: Float64Array.from(left), right: Float64Array.from(right) };
    } finally {
      U.destroy();
      V.destroy();
    }
  });
}
