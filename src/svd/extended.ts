import { extractExtended } from "../../shaders/extract-vectors.ts";
import { extendedNorms } from "../../shaders/row-norms.ts";
import type { TwoFloatForm } from "../adapter/two-float-check.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { LOW_SCALE, Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack, twoFloats, words } from "../gpu/read-back.ts";
import { allDone } from "../gpu/waits.ts";
import { splitTwoFloat } from "../theory/two-float.ts";
import { prepareExtendedProduct } from "./extended-product.ts";
import { prepareExtendedSweep } from "./extended-sweep.ts";
import { FAR_LARGER, prepareLoadExtended, removeProjections, squareView, turnInSingle } from "./extended-turns.ts";
import { completeVectors, inverses, type Svd, toSvd } from "./singular-vectors.ts";
import {
  EXTENDED_HALF_ULP,
  EXTENDED_TOLERANCE,
  orderRows,
  type Spectrum,
  scaleExponents,
  toSpectrum,
} from "./spectrum.ts";
import type { SweepOptions } from "./sweep.ts";
import {
  extendedNormParams,
  rotationsOf,
  transposed,
  vectorParams,
  type WorkingLayout,
  workingBytes,
  workingLayout,
} from "./working-matrix.ts";

/** The least rounding error of an extended entry: half of the least subnormal number that `low` may hold. */
const LEAST_ROUNDING = 2 ** -150 / LOW_SCALE;

/**
 * Rows whose cosine is above this after a sweep in two-floats are so far from orthogonal that float32 improves them.
 */
const COARSE_COSINE = 2 ** -3;

/**
 * The SVD in two-floats, in mixed precision (after Gao, Ma & Shao, arXiv 2209.04626).
 * 1. An SVD in float32 resolves 7 decades of σ. Its left singular vectors, made orthonormal to 48 bits, multiply the
 *    rows of the working matrix [R | I].
 * 2. One Jacobi sweep in two-floats then separates the rows that float32 resolved from those that it did not. The
 *    latter may be smaller by many decades: they are rounded to float32 again, and so on down the spectrum.
 * 3. Where float32 resolves no more rows, sweeps in two-floats alone converge quadratically.
 */
export async function extendedSvd(gpu: Gpu, form: TwoFloatForm, matrix: Matrix, options: SweepOptions): Promise<Svd> {
  return gpu.withArena(async (arena) => {
    const { spectrum, working, layout, rows, lengths } = await orthogonalise(gpu, form, arena, matrix, true, options);
    const [extract, product] = await Promise.all([
      extractExtended(form).on(gpu, { low_scale: LOW_SCALE }),
      prepareExtendedProduct(gpu, form),
    ]);
    const { batch, length, rows: count } = layout;
    const planes = (what: string, entries: number) => ({
      high: arena.storage(what, 4 * entries),
      low: arena.storage(`${what}, low`, 4 * entries),
    });
    const { long, short, steps } = await gpu.guard("singular vectors", () => {
      const long = planes("long singular vectors", batch * length * count);
      const short = planes("short singular vectors", batch * count * count);
      const order = arena.upload("order", rows);
      const scales = arena.upload("1/lengths", splitTwoFloat(inverses(lengths)));
      const ones = arena.upload("ones", splitTwoFloat(new Float64Array(batch * count).fill(1)));
      const square = workingLayout(count, count, batch, false);
      const [N, Q] = [squareView(arena, "3I/2 − JJᵀ/2", count, batch), squareView(arena, "Q", count, batch)];
      const J = rotationsOf(working, layout);
      const size = { rows: count, cols: count, inner: count, batch };
      const longVectors = { ...vectorParams(layout), working, first: 0, length, order, scales };
      const shortVectors = { ...vectorParams(square), working: Q.buffer, first: 0, length: count, order };
      return {
        long,
        short,
        steps: [
          ...extract(arena, { ...longVectors, ...long }),
          // A Newton–Schulz step removes the sum of the roundings of all rotations.
          ...product(arena, { ...size, a: J, b: transposed(J), c: N, d: "identity", alpha: 1.5, beta: -0.5 }),
          ...product(arena, { ...size, a: N, b: J, c: Q }),
          ...extract(arena, { ...shortVectors, scales: ones, ...short }),
        ],
      };
    });
    await execute(gpu, steps, options);
    const matrixOf = ({ high, low }: { high: GPUBuffer; low: GPUBuffer }, height: number) =>
      Matrix.create(gpu, { rows: height, cols: count, batch, buffer: high, low });
    await completeVectors(gpu, matrixOf(long, length), lengths, options);
    for (const buffer of [long.high, long.low, short.high, short.low]) arena.release(buffer);
    return toSvd(spectrum, matrixOf(long, length), matrixOf(short, count), layout.transposed);
  });
}

/** The singular values alone, as `extendedSvd` computes them. */
export async function extendedSingularValues(
  gpu: Gpu,
  form: TwoFloatForm,
  matrix: Matrix,
  options: SweepOptions,
): Promise<Spectrum> {
  return gpu.withArena(async (arena) => (await orthogonalise(gpu, form, arena, matrix, false, options)).spectrum);
}

/** Rotates the rows of the working matrix, in two-floats, until all are orthogonal. Their lengths are then σ. */
async function orthogonalise(
  gpu: Gpu,
  form: TwoFloatForm,
  arena: Arena,
  matrix: Matrix,
  withVectors: boolean,
  options: SweepOptions,
) {
  const { signal, onProgress, maxSweeps } = options;
  const layout = workingLayout(matrix.rows, matrix.cols, matrix.batch, withVectors);
  const [encodeIteration, exponents] = await allDone([
    prepareIteration(gpu, form),
    scaleExponents(gpu, matrix, options),
  ]);
  const { working, squares, loading, sweep, measuring } = await encodeIteration(arena, matrix, layout, exponents);
  await execute(gpu, loading, { signal });

  let singleSweeps = 0;
  let sweeps = 0;
  let skewPairs = 1;
  let first = 0;
  let squaredNorms: Float64Array = new Float64Array();
  while (skewPairs > 0 && sweeps < maxSweeps) {
    if (first < layout.rows - 1) {
      if (first > 0) await removeProjections(gpu, form, working, layout, first, squaredNorms, options);
      singleSweeps += await turnInSingle(gpu, form, working, layout, first, options);
    }
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
    first = firstToTurn(cosines, squaredNorms, layout);
  }
  const { rows, lengths } = orderRows(squaredNorms.map(Math.sqrt), layout);
  const { noiseFloor, ...spectrum } = toSpectrum(lengths, exponents, layout, EXTENDED_HALF_ULP, {
    sweeps: singleSweeps + sweeps,
    rounds: sweeps * (layout.rows - 1),
    converged: skewPairs === 0,
  });
  const least = matrix.low ? LEAST_ROUNDING * Math.sqrt(layout.rows * layout.length) : 0;
  return {
    spectrum: { ...spectrum, noiseFloor: noiseFloor.map((floor) => floor + least) },
    working,
    layout,
    rows,
    lengths,
  };
}

/** The working rows, and the steps that load them, sweep them and measure their norms. */
async function prepareIteration(gpu: Gpu, form: TwoFloatForm) {
  const [load, createSweepSteps, norms] = await Promise.all([
    prepareLoadExtended(gpu),
    prepareExtendedSweep(gpu, form),
    extendedNorms(form).on(gpu),
  ]);
  return (arena: Arena, matrix: Matrix, layout: WorkingLayout, exponents: Int32Array<ArrayBuffer>) =>
    gpu.guard("svd", () => {
      const working = arena.storage("working matrices", 2 * workingBytes(layout));
      const squares = arena.storage("squared norms", layout.batch * layout.workingRows * 8);
      return {
        working,
        squares,
        loading: load(arena, matrix, arena.upload("exponents", exponents), working, layout),
        sweep: createSweepSteps(arena, working, layout, EXTENDED_TOLERANCE),
        measuring: norms(arena, { ...extendedNormParams(layout), working, squares }),
      };
    });
}

/**
 * The first row to rotate in float32, over all matrices of the batch; `rows` where there is none. The rows that the
 * last sweep found far from orthogonal to a row above them are rotated, and all that are not far larger than these
 * together.
 */
function firstToTurn(cosines: Float32Array, squaredNorms: Float64Array, layout: WorkingLayout): number {
  const { rows, workingRows, batch } = layout;
  const firsts = Array.from({ length: batch }, (_, matrix) => {
    const squares = squaredNorms.subarray(matrix * workingRows, matrix * workingRows + rows);
    const coarse = squares.reduce(
      (sum, square, row) => sum + ((cosines[matrix * workingRows + row] as number) > COARSE_COSINE ? square : 0),
      0,
    );
    const first = squares.findIndex((square) => square <= FAR_LARGER ** 2 * coarse);
    return coarse === 0 || first < 0 ? rows : first;
  });
  return Math.min(...firsts);
}
