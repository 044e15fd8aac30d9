import type { Engine, Matrix } from "../../../../src/index.ts";
import type { Decompose, Task } from "../libraries.ts";

/** This engine: one-sided block Jacobi on the GPU, in float32. */
export function spectralShrinkage(engine: Engine): Record<Task, Decompose> {
  const upload = async <T>(entries: Float32Array, n: number, work: (a: Matrix) => Promise<T>) => {
    const a = await engine.matrix({ data: entries, rows: n, cols: n });
    try {
      return await work(a);
    } finally {
      a.destroy();
    }
  };
  return {
    values: (entries, n, signal) => upload(entries, n, (a) => engine.singularValues(a, { signal })),
    full: (entries, n, signal) =>
      upload(entries, n, async (a) => {
        const svd = await engine.svd(a, { signal });
        try {
          await Promise.all([svd.U.read(), svd.V.read()]);
          return svd;
        } finally {
          svd.destroy();
        }
      }),
  };
}
