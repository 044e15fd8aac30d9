import { NotFiniteError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { readFloats, readWords } from "../gpu/read-back.ts";
import { execute, Pace, type RunOptions } from "../gpu/schedule.ts";
import { createExtractVectors } from "../kernels/extract-vectors.ts";
import { createLargestEntry } from "../kernels/largest-entry.ts";
import { createLoadWorking } from "../kernels/load-working.ts";
import { createRowNorms } from "../kernels/row-norms.ts";
import { createSweep } from "../kernels/sweep.ts";
import { NEGLIGIBLE_NORM, type WorkingLayout, workingBytes, workingLayout } from "../kernels/working-layout.ts";
import { requireInteger } from "../theory/checks.ts";
import { completeBasis } from "../theory/complete-basis.ts";
import { noiseFloor, order, scaleExponent, sweepTolerance } from "./spectrum.ts";

export interface SvdOptions extends RunOptions {
  /** Sweeps after which the iteration is given up; default 50: up to 512 × 512 no activation took more than 28. */
  readonly maxSweeps?: number;
}

/** Singular values of a batch of matrices, with n = min(rows, cols) of them a matrix. */
export interface Spectrum {
  /** batch × n, descending in each matrix. */
  readonly singularValues: Float64Array;
  /** batch: singular values below it are rounding noise of float32 entries. */
  readonly noiseFloor: Float64Array;
  /** Sweeps over all pairs of rows, for the whole batch together. */
  readonly sweeps: number;
  /** For the whole batch: false where `maxSweeps` ended the iteration with some rows not yet orthogonal. */
  readonly converged: boolean;
}

/** A = U·diag(σ)·Vᵀ, economy size. Owns `U` and `V`. */
export interface Svd extends Spectrum {
  /** batch × rows × n, orthonormal columns: the principal components over the samples. */
  readonly U: Matrix;
  /** batch × cols × n, orthonormal columns. */
  readonly V: Matrix;
  destroy(): void;
  [Symbol.dispose](): void;
}

export async function computeSingularValues(gpu: Gpu, matrix: Matrix, options: SvdOptions): Promise<Spectrum> {
  return gpu.withArena(async (arena) => (await orthogonalise(gpu, arena, matrix, false, options)).spectrum);
}

export async function computeSvd(gpu: Gpu, matrix: Matrix, options: SvdOptions): Promise<Svd> {
  return gpu.withArena(async (arena) => {
    const { spectrum, working, layout, rows, lengths } = await orthogonalise(gpu, arena, matrix, true, options);
    const extract = await createExtractVectors(gpu);
    const { batch, length, cols } = layout;
    const n = layout.rows;

    const long = arena.storage("long singular vectors", batch * length * n * 4);
    const short = arena.storage("short singular vectors", batch * n * n * 4);
    const steps = await gpu.guard("singular vectors", () => {
      const order = arena.upload("order", rows);
      const inverse = arena.upload(
        "1/lengths",
        Float32Array.from(lengths, (norm) => (norm > NEGLIGIBLE_NORM ? 1 / norm : 0)),
      );
      const ones = arena.upload("ones", new Float32Array(batch * n).fill(1));
      return [
        extract(arena, working, { first: 0, length, order, scales: inverse }, long, layout),
        extract(arena, working, { first: 4 * cols, length: n, order, scales: ones }, short, layout),
      ];
    });
    await execute(gpu, steps, options);
    await completeVectors(gpu, long, lengths, layout, options);

    const longMatrix = new Matrix(gpu, arena.release(long), length, n, batch);
    const shortMatrix = new Matrix(gpu, arena.release(short), n, n, batch);
    const [U, V] = layout.transposed ? [longMatrix, shortMatrix] : [shortMatrix, longMatrix];
    const destroy = () => {
      U.destroy();
      V.destroy();
    };
    return { ...spectrum, U, V, destroy, [Symbol.dispose]: destroy };
  });
}

/** Gives the long vectors of negligible singular values, zero so far, directions that make the basis orthonormal. */
async function completeVectors(
  gpu: Gpu,
  long: GPUBuffer,
  lengths: Float64Array,
  { batch, length, rows: count }: WorkingLayout,
  { signal }: RunOptions,
): Promise<void> {
  for (let matrix = 0; matrix < batch; matrix++) {
    signal?.throwIfAborted();
    const known = lengths.subarray(matrix * count, (matrix + 1) * count).findIndex((norm) => norm <= NEGLIGIBLE_NORM);
    if (known < 0) continue;
    const offset = matrix * length * count * 4;
    const basis = Float64Array.from(await readFloats(gpu, long, length * count, offset));
    completeBasis(basis, length, count, known);
    await gpu.guard("singular vectors", () => gpu.device.queue.writeBuffer(long, offset, Float32Array.from(basis)));
  }
}

interface Orthogonalised {
  readonly spectrum: Spectrum;
  readonly working: GPUBuffer;
  readonly layout: WorkingLayout;
  /** batch × n: the working row of each singular value, and its length as the working matrix has it. */
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly lengths: Float64Array;
}

/** One-sided Jacobi: rotates the rows of the working matrix until all are orthogonal; their lengths are the σ. */
async function orthogonalise(
  gpu: Gpu,
  arena: Arena,
  matrix: Matrix,
  withVectors: boolean,
  { signal, onProgress, maxSweeps = 50 }: SvdOptions,
): Promise<Orthogonalised> {
  requireInteger("maxSweeps", maxSweeps, 1);
  const layout = workingLayout(matrix.rows, matrix.cols, matrix.batch, withVectors);
  const [largestEntry, loadWorking, createSweepSteps, rowNorms] = await Promise.all([
    createLargestEntry(gpu),
    createLoadWorking(gpu),
    createSweep(gpu),
    createRowNorms(gpu),
  ]);

  const largest = arena.storage("largest entries", layout.batch * 4);
  await execute(gpu, await gpu.guard("svd", () => [largestEntry(arena, matrix, largest)]), { signal });
  const exponents = Array.from(await readWords(gpu, largest, layout.batch), scaleExponent);
  const faulty = exponents.findIndex(Number.isNaN);
  if (faulty >= 0) {
    throw new NotFiniteError(`matrix ${faulty} of ${layout.batch} holds NaN or infinity; svd expects finite entries`);
  }

  const { working, norms, sweep, load, measure } = await gpu.guard("svd", () => {
    const working = arena.storage("working matrices", workingBytes(layout));
    const norms = arena.storage("row norms", layout.batch * layout.workingRows * 4);
    const shifts = arena.upload("exponents", Int32Array.from(exponents));
    return {
      working,
      norms,
      load: loadWorking(arena, matrix, shifts, working, layout),
      sweep: createSweepSteps(arena, working, layout, sweepTolerance(layout.length)),
      measure: rowNorms(arena, working, norms, layout),
    };
  });

  await execute(gpu, [load], { signal });
  const pace = new Pace();
  let sweeps = 0;
  let skewPairs = 1;
  while (skewPairs > 0 && sweeps < maxSweeps) {
    await execute(gpu, sweep.steps, {
      signal,
      pace,
      onSteps: (done) => onProgress?.({ stage: `sweep ${sweeps + 1}`, fraction: done / sweep.steps.length }),
    });
    sweeps++;
    skewPairs = (await readWords(gpu, sweep.skewPairs, layout.batch)).reduce((sum, pairs) => sum + pairs, 0);
  }
  await execute(gpu, [measure], { signal });

  const ordered = order(await readFloats(gpu, norms, layout.batch * layout.workingRows), layout);
  const singularValues = ordered.lengths.map(
    (length, i) => length * 2 ** -(exponents[Math.floor(i / layout.rows)] ?? 0),
  );
  return {
    spectrum: {
      singularValues,
      noiseFloor: noiseFloor(singularValues, layout),
      sweeps,
      converged: skewPairs === 0,
    },
    working,
    layout,
    ...ordered,
  };
}
