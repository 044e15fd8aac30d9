import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack, twoFloats, words } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { createExtendedNorms } from "../kernels/extended-norms.ts";
import { createExtendedProduct } from "../kernels/extended-product.ts";
import { createExtendedSweep } from "../kernels/extended-sweep.ts";
import { createExtractExtended } from "../kernels/extract-extended.ts";
import { createLoadExtended } from "../kernels/load-extended.ts";
import { createLoadWorking } from "../kernels/load-working.ts";
import type { TwoFloatForm } from "../kernels/two-float-check.ts";
import { transposed, type View } from "../kernels/view.ts";
import { NEGLIGIBLE_NORM, type WorkingLayout, workingBytes, workingLayout } from "../kernels/working-layout.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import { completeVectors } from "./complete-vectors.ts";
import { MOST_SWEEPS, type Spectrum, type Svd, type SvdOptions, toSvd } from "./result.ts";
import { scaleExponents, toSpectrum } from "./scale.ts";
import { leftVectors } from "./single.ts";
import { EXTENDED_HALF_ULP, extendedTolerance, order } from "./spectrum.ts";

/** Rows with a cosine above this after a sweep in two-floats are far enough from orthogonal for float32 to bring them nearer. */
const COARSE_COSINE = 2 ** -3;

/**
 * The SVD in two-floats, in mixed precision (after Gao, Ma & Shao, arXiv 2209.04626). float32 sees 7 decades of σ: its
 * left singular vectors, made orthonormal to 48 bits, turn the rows of the working matrix [A | I], and one Jacobi sweep in
 * two-floats then parts the rows that it resolved from those that it did not. Those, which may be many decades smaller,
 * are rounded to float32 anew, and so on; where float32 has no more to say, sweeps in two-floats alone end the work,
 * quadratically.
 */
export async function extendedSvd(gpu: Gpu, form: TwoFloatForm, matrix: Matrix, options: SvdOptions): Promise<Svd> {
  return gpu.withArena(async (arena) => {
    const { spectrum, working, layout, rows, lengths } = await orthogonalise(gpu, form, arena, matrix, true, options);
    const extract = await createExtractExtended(gpu, form);
    const { batch, length, rows: count } = layout;
    const planes = (what: string, entries: number) => ({
      high: arena.storage(what, 4 * entries),
      low: arena.storage(`${what}, low`, 4 * entries),
    });
    const { long, short, steps } = await gpu.guard("singular vectors", () => {
      const long = planes("long singular vectors", batch * length * count);
      const short = planes("short singular vectors", batch * count * count);
      const order = arena.upload("order", rows);
      const inverse = lengths.map((norm) => (norm > NEGLIGIBLE_NORM ? 1 / norm : 0));
      const scales = arena.upload("1/lengths", splitTwoFloat(inverse));
      const ones = arena.upload("ones", splitTwoFloat(new Float64Array(batch * count).fill(1)));
      return {
        long,
        short,
        steps: [
          ...extract(arena, working, { first: 0, length, order, scales }, long, layout),
          ...extract(arena, working, { first: 4 * layout.cols, length: count, order, scales: ones }, short, layout),
        ],
      };
    });
    await execute(gpu, steps, options);
    const matrixOf = ({ high, low }: { high: GPUBuffer; low: GPUBuffer }, height: number) =>
      new Matrix(gpu, high, height, count, batch, low);
    await completeVectors(gpu, matrixOf(long, length), lengths, options);
    for (const buffer of [long.high, long.low, short.high, short.low]) arena.release(buffer);
    return toSvd(spectrum, matrixOf(long, length), matrixOf(short, count), layout.transposed);
  });
}

export async function extendedSingularValues(
  gpu: Gpu,
  form: TwoFloatForm,
  matrix: Matrix,
  options: SvdOptions,
): Promise<Spectrum> {
  return gpu.withArena(async (arena) => (await orthogonalise(gpu, form, arena, matrix, false, options)).spectrum);
}

/** Rotates the rows of the working matrix, in two-floats, until all are orthogonal; their lengths are the σ. */
async function orthogonalise(
  gpu: Gpu,
  form: TwoFloatForm,
  arena: Arena,
  matrix: Matrix,
  withVectors: boolean,
  options: SvdOptions,
) {
  const { signal, onProgress, maxSweeps = MOST_SWEEPS } = options;
  const layout = workingLayout(matrix.rows, matrix.cols, matrix.batch, withVectors);
  const exponents = await scaleExponents(gpu, matrix, options);
  const [load, createSweep, norms] = await Promise.all([
    createLoadExtended(gpu),
    createExtendedSweep(gpu, form),
    createExtendedNorms(gpu, form),
  ]);
  const { working, squares, loading, sweep, measuring } = await gpu.guard("svd", () => {
    const working = arena.storage("working matrices", 2 * workingBytes(layout));
    const squares = arena.storage("squared norms", layout.batch * layout.workingRows * 8);
    return {
      working,
      squares,
      loading: load(arena, matrix, arena.upload("exponents", exponents), working, layout),
      sweep: createSweep(arena, working, layout, extendedTolerance(layout.length)),
      measuring: norms(arena, working, squares, layout),
    };
  });
  await execute(gpu, loading, { signal });

  let singleSweeps = 0;
  let sweeps = 0;
  let skewPairs = 1;
  let first = 0;
  let squaredNorms = new Float64Array();
  while (skewPairs > 0 && sweeps < maxSweeps) {
    if (first < layout.rows - 1) singleSweeps += await turnInSingle(gpu, form, working, layout, first, options);
    await execute(gpu, [...sweep.steps, measuring], {
      signal,
      onSteps: (done) =>
        onProgress?.({ stage: `extended sweep ${sweeps + 1}`, fraction: Math.min(1, done / sweep.steps.length) }),
    });
    sweeps++;
    const [pairs, cosines, squaresNow] = await readBack(gpu, [
      words(sweep.skewPairs, layout.batch),
      floats(sweep.cosines, layout.batch * layout.workingRows),
      twoFloats(squares, layout.batch * layout.workingRows),
    ]);
    squaredNorms = squaresNow;
    skewPairs = pairs.reduce((sum, count) => sum + count, 0);
    first = firstCoarseRow(cosines, layout);
  }
  const { rows, lengths } = order(squaredNorms.map(Math.sqrt), layout);
  const spectrum = toSpectrum(lengths, exponents, layout, EXTENDED_HALF_ULP, {
    sweeps: singleSweeps + sweeps,
    converged: skewPairs === 0,
  });
  return { spectrum, working, layout, rows, lengths };
}

/** The first row, in any matrix of the batch, that the last sweep found far from orthogonal to one above it. */
function firstCoarseRow(cosines: Float32Array, { rows, workingRows }: WorkingLayout): number {
  return cosines.reduce(
    (first, cosine, i) => (cosine > COARSE_COSINE ? Math.min(first, i % workingRows) : first),
    rows,
  );
}

/** Turns rows `first` … n − 1 by the left singular vectors of what float32 sees of them; tells the sweeps it took. */
async function turnInSingle(
  gpu: Gpu,
  form: TwoFloatForm,
  working: GPUBuffer,
  { rows, workingRows, length, rowStride, batch }: WorkingLayout,
  first: number,
  options: SvdOptions,
): Promise<number> {
  const count = rows - first;
  const rowLength = 4 * rowStride;
  const [loadWorking, loadExtended, product] = await Promise.all([
    createLoadWorking(gpu),
    createLoadExtended(gpu),
    createExtendedProduct(gpu, form),
  ]);
  return gpu.withArena(async (arena) => {
    const part = workingLayout(count, length, batch, false);
    const { rounded, unscaled, loading } = await gpu.guard("svd", () => {
      const rounded = arena.storage("working matrices, rounded", workingBytes(part));
      const unscaled = arena.storage("exponents", batch * 4);
      const high = { buffer: working, first: 2 * first * rowLength, rowStep: 2 * rowLength, colStep: 2 };
      const source = { ...high, matrixStep: 2 * workingRows * rowLength };
      return { rounded, unscaled, loading: loadWorking(arena, source, unscaled, rounded, part) };
    });
    await execute(gpu, loading, options);
    const { vectors, sweeps } = await leftVectors(gpu, arena, rounded, part, options);

    const steps = await gpu.guard("svd", () => {
      const square = { ...workingLayout(count, count, batch, false), transposed: true };
      const pitch = 4 * square.rowStride;
      const [W, E, T, Q] = ["W", "I − WWᵀ", "W/2 + 3EW/8", "Q"].map((label): View => {
        const buffer = arena.storage(label, 2 * workingBytes(square));
        return { buffer, first: 0, rowStep: pitch, colStep: 1, matrixStep: square.workingRows * pitch };
      }) as [View, View, View, View];
      const rest = { first: first * rowLength, rowStep: rowLength, colStep: 1, matrixStep: workingRows * rowLength };
      const old = { buffer: working, ...rest };
      const turned = { buffer: arena.storage("turned rows", working.size), ...rest };
      const size = { rows: count, cols: count, inner: count, batch };
      // W + EW/2 + 3E²W/8 with E = I − WWᵀ is orthonormal to the third power of float32's roundoff.
      return [
        ...loadExtended(arena, vectors, unscaled, W.buffer, square),
        ...product(arena, { ...size, a: W, b: transposed(W), c: E, d: "identity", alpha: 1, beta: -1 }),
        ...product(arena, { ...size, a: E, b: W, c: T, d: W.buffer, alpha: 1 / 2, beta: 3 / 8 }),
        ...product(arena, { ...size, a: E, b: T, c: Q, d: W.buffer, alpha: 1, beta: 1 }),
        ...product(arena, { ...size, cols: rowLength, a: Q, b: old, c: turned }),
        ...Array.from({ length: batch }, (_, matrix): Step => {
          const offset = 8 * (matrix * rest.matrixStep + rest.first);
          const place = { sourceOffset: offset, targetOffset: offset, bytes: 8 * count * rowLength };
          return { kind: "copy", source: turned.buffer, target: working, ...place };
        }),
      ];
    });
    await execute(gpu, steps, options);
    return sweeps;
  });
}
