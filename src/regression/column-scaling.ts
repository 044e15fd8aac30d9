import { scaleColumns } from "../../shaders/scale-columns.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { allDone } from "../gpu/waits.ts";
import { largestOfColumns } from "../operator/largest-entry.ts";
import { exponentOf } from "../theory/scale.ts";

/** A·diag(2^exponents), whose columns all have a largest entry between 1 and 2. */
export interface ScaledColumns {
  /** The arena that was given owns it. */
  readonly matrix: Matrix;
  /** M powers of two: w of A is these times w of the scaled matrix. */
  readonly factors: Float64Array;
}

/**
 * Scales the columns of one matrix by powers of two, which is exact. A. van der Sluis, "Condition numbers and equilibration
 * of matrices", Numer. Math. 14, 1969: columns of one length have a condition number at most √M times the least that any
 * scaling gives; those of one largest entry, at most √N times as much.
 * @throws NotFiniteError where A holds NaN or infinity.
 */
export async function equilibrate(gpu: Gpu, arena: Arena, a: Matrix, { signal }: RunOptions): Promise<ScaledColumns> {
  const [scale, largest] = await allDone([scaleColumns.on(gpu), largestOfColumns(gpu, a, signal)]);
  const exponents = Int32Array.from(largest, (entry) => -exponentOf(entry));
  const entries = a.rows * a.cols;
  const { high, low, steps } = await gpu.guard("leastSquares", () => {
    const shifts = arena.upload("exponents", exponents);
    const plane = (source: GPUBuffer) => {
      const columns = arena.storage("scaled columns", 4 * entries);
      return { columns, steps: scale(arena, { entries, cols: a.cols, source, exponents: shifts, columns }) };
    };
    const [high, low] = [plane(a.buffer), a.low && plane(a.low)];
    return { high: high.columns, low: low?.columns, steps: [...high.steps, ...(low?.steps ?? [])] };
  });
  await execute(gpu, steps, { signal });
  const matrix = Matrix.create(gpu, { rows: a.rows, cols: a.cols, batch: 1, buffer: high, low });
  return { matrix, factors: Float64Array.from(exponents, (exponent) => 2 ** exponent) };
}
