import { extractVectors } from "../../shaders/extract-vectors.ts";
import { loadTriangle, loadWorking } from "../../shaders/load-working.ts";
import { rowNorms } from "../../shaders/row-norms.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import { allDone } from "../gpu/waits.ts";
import { type LongQr, prepareApplyQ, prepareLongQr } from "./long-qr.ts";
import { completeVectors, inverses, type Svd, toSvd } from "./singular-vectors.ts";
import { HALF_ULP, orderRows, type Spectrum, scaleExponents, sweepTolerance, toSpectrum } from "./spectrum.ts";
import { prepareSweep, repeatSweep, type SweepOptions } from "./sweep.ts";
import {
  loadParams,
  normParams,
  rotationsOf,
  rowLayout,
  triangleParams,
  vectorParams,
  viewOf,
  type WorkingLayout,
  workingBytes,
  workingLayout,
} from "./working-matrix.ts";

/** A working matrix R after the QR, R = L·Q, and the Jacobi sweeps, J·Lᵀ = Σ·Yᵀ. Then R = Y·Σ·(J·Q). */
interface Diagonalised {
  /** [Σ·Yᵀ | J], or Σ·Yᵀ alone. */
  readonly working: GPUBuffer;
  readonly layout: WorkingLayout;
  readonly qr: LongQr;
  /** batch × n: the working row of each singular value. */
  readonly rows: Uint32Array<ArrayBuffer>;
  /** batch × n: the length of that row, descending. */
  readonly lengths: Float64Array;
  readonly sweeps: number;
  /** How many rotations a row had in all sweeps. */
  readonly rounds: number;
  readonly converged: boolean;
}

/** The singular values alone, without the product of the rotations. */
export async function singleSingularValues(gpu: Gpu, matrix: Matrix, options: SweepOptions): Promise<Spectrum> {
  const layout = rowLayout(matrix.rows, matrix.cols, matrix.batch, false);
  const [loadRows, diagonalise, exponents] = await allDone([
    prepareLoadRows(gpu),
    prepareDiagonalise(gpu, layout, false),
    scaleExponents(gpu, matrix, options),
  ]);
  return gpu.withArena(async (arena) => {
    const R = await loadRows(arena, matrix, layout, exponents, options);
    const diagonalised = await diagonalise(arena, R, options);
    return toSpectrum(diagonalised.lengths, exponents, layout, HALF_ULP, diagonalised);
  });
}

/** The SVD. All its kernels are compiled side by side, while the GPU finds the largest entry of A. */
export async function singleSvd(gpu: Gpu, matrix: Matrix, options: SweepOptions): Promise<Svd> {
  const layout = rowLayout(matrix.rows, matrix.cols, matrix.batch, false);
  const [loadRows, diagonalise, columnsOfY, columnsOfJQ, exponents] = await allDone([
    prepareLoadRows(gpu),
    prepareDiagonalise(gpu, layout, true),
    prepareColumnsOfY(gpu),
    prepareColumnsOfJQ(gpu),
    scaleExponents(gpu, matrix, options),
  ]);
  return gpu.withArena(async (arena) => {
    const R = await loadRows(arena, matrix, layout, exponents, options);
    const diagonalised = await diagonalise(arena, R, options);
    const short = await columnsOfY(arena, diagonalised, options);
    const long = await columnsOfJQ(arena, R, layout, diagonalised, options);
    arena.release(short.buffer);
    arena.release(long.buffer);
    const spectrum = toSpectrum(diagonalised.lengths, exponents, layout, HALF_ULP, diagonalised);
    return toSvd(spectrum, long, short, layout.transposed);
  });
}

/**
 * The left singular vectors of working rows, by descending singular value, as the columns of an n × n matrix that the
 * arena owns. The layout of the rows is one without vectors. The rows are overwritten.
 */
export async function leftVectors(
  gpu: Gpu,
  arena: Arena,
  R: GPUBuffer,
  layout: WorkingLayout,
  options: SweepOptions,
): Promise<{ vectors: Matrix; sweeps: number }> {
  const [diagonalise, columnsOfY] = await allDone([prepareDiagonalise(gpu, layout, false), prepareColumnsOfY(gpu)]);
  const diagonalised = await diagonalise(arena, R, options);
  return { vectors: await columnsOfY(arena, diagonalised, options), sweeps: diagonalised.sweeps };
}

/** The scaled rows of A, or its columns where A is tall, in a layout without vectors. */
async function prepareLoadRows(gpu: Gpu) {
  const load = await loadWorking.on(gpu);
  return async (
    arena: Arena,
    matrix: Matrix,
    layout: WorkingLayout,
    exponents: Int32Array<ArrayBuffer>,
    { signal }: RunOptions,
  ): Promise<GPUBuffer> => {
    const { R, steps } = await gpu.guard("svd", () => {
      const R = arena.storage("rows", workingBytes(layout));
      const source = viewOf(matrix, layout.transposed);
      const shifts = arena.upload("exponents", exponents);
      return { R, steps: load(arena, { ...loadParams(source, layout), exponents: shifts, working: R }) };
    });
    await execute(gpu, steps, { signal });
    return R;
  };
}

/**
 * The QR and the sweeps of rows in a layout without vectors. The triangle of a pivoted QR is so near to diagonal (Drmač &
 * Veselić, SIAM J. Matrix Anal. Appl. 29, 2008) that Jacobi takes 8 to 12 sweeps on it at 256 × 256, by activation, where R
 * itself takes 11 to 25. The triangle is also square, where R may be much wider.
 */
async function prepareDiagonalise(gpu: Gpu, layout: WorkingLayout, withVectors: boolean) {
  const triangle = workingLayout(layout.rows, layout.rows, layout.batch, withVectors);
  const [measure, factor, copyTriangle, createSweepSteps] = await Promise.all([
    rowNorms.on(gpu, { threads: shapesOf(gpu).rowThreads }),
    prepareLongQr(gpu),
    loadTriangle.on(gpu),
    prepareSweep(gpu, triangle),
  ]);
  return async (arena: Arena, R: GPUBuffer, options: SweepOptions): Promise<Diagonalised> => {
    const { working, norms, qr, factoring, sweep, measuring } = await gpu.guard("svd", () => {
      const working = arena.storage("working matrices", workingBytes(triangle));
      const norms = arena.storage("row norms", triangle.batch * triangle.workingRows * 4);
      const { steps, ...qr } = factor(arena, R, layout, withVectors);
      const { layout: square, working: factored, qr: factors } = qr.top;
      return {
        working,
        norms,
        qr,
        factoring: [
          ...steps,
          ...copyTriangle(arena, { ...triangleParams(square, triangle), pivots: factors.pivots, factored, working }),
        ],
        sweep: createSweepSteps(arena, working, triangle, sweepTolerance(triangle.length)),
        measuring: measure(arena, { ...normParams(triangle), working, norms }),
      };
    });
    await execute(gpu, factoring, {
      signal: options.signal,
      onSteps: (done) => options.onProgress?.({ stage: "QR", fraction: done / factoring.length }),
    });
    const lengths = { measuring, measured: floats(norms, triangle.batch * triangle.workingRows) };
    const { measured, ...progress } = await repeatSweep(gpu, sweep, lengths, layout.batch, options);
    const rounds = progress.sweeps * (triangle.blocks - 1);
    return { working, layout: triangle, qr, ...orderRows(measured, triangle), ...progress, rounds };
  };
}

/** The rows of Σ·Yᵀ, scaled to length 1, as columns, completed where Σ is 0. The arena owns the matrix. */
async function prepareColumnsOfY(gpu: Gpu) {
  const extract = await extractVectors.on(gpu);
  return async (
    arena: Arena,
    { working, layout, rows, lengths }: Diagonalised,
    options: RunOptions,
  ): Promise<Matrix> => {
    const { batch, rows: count } = layout;
    const { Y, steps } = await gpu.guard("singular vectors", () => {
      const Y = arena.storage("short singular vectors", batch * count * count * 4);
      const given = {
        order: arena.upload("order", rows),
        scales: arena.upload("1/lengths", Float32Array.from(inverses(lengths))),
      };
      return {
        Y,
        steps: extract(arena, { ...vectorParams(layout), ...given, working, first: 0, length: count, out: Y }),
      };
    });
    await execute(gpu, steps, options);
    const vectors = Matrix.create(gpu, { rows: count, cols: count, batch, buffer: Y });
    await completeVectors(gpu, vectors, lengths, options);
    return vectors;
  };
}

/** The rows of J·Q, which replace those of R, as columns. The arena owns the matrix. */
async function prepareColumnsOfJQ(gpu: Gpu) {
  const [load, applyQ, extract] = await Promise.all([loadWorking.on(gpu), prepareApplyQ(gpu), extractVectors.on(gpu)]);
  return async (
    arena: Arena,
    R: GPUBuffer,
    layout: WorkingLayout,
    { working, layout: triangle, qr, rows }: Diagonalised,
    { signal }: RunOptions,
  ): Promise<Matrix> => {
    const { batch, rows: count, length } = layout;
    const { columns, steps } = await gpu.guard("singular vectors", () => {
      const columns = arena.storage("long singular vectors", batch * length * count * 4);
      const unscaled = arena.upload("exponents", new Int32Array(batch));
      const ones = arena.upload("ones", new Float32Array(batch * count).fill(1));
      const source = loadParams(rotationsOf(working, triangle), { ...qr.top.layout, length: count });
      const given = { order: arena.upload("order", rows), scales: ones };
      return {
        columns,
        steps: [
          ...load(arena, { ...source, exponents: unscaled, working: qr.top.working }),
          ...applyQ(arena, qr),
          ...extract(arena, { ...vectorParams(layout), ...given, working: R, first: 0, length, out: columns }),
        ],
      };
    });
    await execute(gpu, steps, { signal });
    return Matrix.create(gpu, { rows: length, cols: count, batch, buffer: columns });
  };
}
