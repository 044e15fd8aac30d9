import { extractVectors } from "../../shaders/extract-vectors.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { rowNorms } from "../../shaders/row-norms.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack, words } from "../gpu/read-back.ts";
import { completeVectors } from "./complete-vectors.ts";
import { MOST_SWEEPS, type Spectrum, type Svd, type SvdOptions, toSvd } from "./result.ts";
import { scaleExponents, toSpectrum } from "./scale.ts";
import { fitsSmallJacobi, prepareSmallJacobi } from "./small-jacobi.ts";
import { HALF_ULP, order, sweepTolerance } from "./spectrum.ts";
import { viewOf } from "./view.ts";
import { NEGLIGIBLE_NORM, rowLayout, workingBytes } from "./working-layout.ts";
import { loadParams, normParams, vectorParams } from "./working-params.ts";

/** Whether the working matrices [R | I] of `matrix` fit in a workgroup's memory; values alone go the same way. */
export function isSmall(gpu: Gpu, { rows, cols, batch }: Matrix): boolean {
  return fitsSmallJacobi(gpu.device, rowLayout(rows, cols, batch, true));
}

export async function smallSingularValues(gpu: Gpu, matrix: Matrix, options: SvdOptions): Promise<Spectrum> {
  return gpu.withArena(async (arena) => (await diagonalise(gpu, arena, matrix, false, options)).spectrum);
}

export async function smallSvd(gpu: Gpu, matrix: Matrix, options: SvdOptions): Promise<Svd> {
  return gpu.withArena(async (arena) => {
    const { spectrum, working, layout, rows, lengths } = await diagonalise(gpu, arena, matrix, true, options);
    const extract = await extractVectors.on(gpu);
    const { batch, length, rows: count } = layout;
    const { long, short, steps } = await gpu.guard("singular vectors", () => {
      const long = arena.storage("long singular vectors", batch * length * count * 4);
      const short = arena.storage("short singular vectors", batch * count * count * 4);
      const inverse = Float32Array.from(lengths, (norm) => (norm > NEGLIGIBLE_NORM ? 1 / norm : 0));
      const ones = new Float32Array(batch * count).fill(1);
      const given = { ...vectorParams(layout), working, order: arena.upload("order", rows) };
      const ofR = { first: 0, length, scales: arena.upload("1/lengths", inverse), out: long };
      const ofJ = { first: 4 * layout.cols, length: count, scales: arena.upload("ones", ones), out: short };
      return {
        long: new Matrix(gpu, long, length, count, batch),
        short: new Matrix(gpu, short, count, count, batch),
        steps: [...extract(arena, { ...given, ...ofR }), ...extract(arena, { ...given, ...ofJ })],
      };
    });
    await execute(gpu, steps, options);
    await completeVectors(gpu, long, lengths, options);
    arena.release(long.buffer);
    arena.release(short.buffer);
    return toSvd(spectrum, long, short, layout.transposed);
  });
}

/** All sweeps of each matrix by one workgroup: [R | I] → [J·R | J], the rows of J·R orthogonal. */
async function diagonalise(gpu: Gpu, arena: Arena, matrix: Matrix, withVectors: boolean, options: SvdOptions) {
  const { signal, onProgress, maxSweeps = MOST_SWEEPS } = options;
  const layout = rowLayout(matrix.rows, matrix.cols, matrix.batch, withVectors);
  const exponents = await scaleExponents(gpu, matrix, options);
  const [load, sweepAll, measure] = await Promise.all([
    loadWorking.on(gpu),
    prepareSmallJacobi(gpu, layout),
    rowNorms.on(gpu, { threads: shapesOf(gpu.device).rowThreads }),
  ]);
  const { working, norms, jacobi, steps } = await gpu.guard("svd", () => {
    const working = arena.storage("working matrices", workingBytes(layout));
    const norms = arena.storage("row norms", layout.batch * layout.workingRows * 4);
    const source = viewOf(matrix, layout.transposed);
    const shifts = arena.upload("exponents", exponents);
    const loading = load(arena, { ...loadParams(source, layout), exponents: shifts, working });
    const jacobi = sweepAll(arena, working, layout, { tolerance: sweepTolerance(layout.length), maxSweeps });
    const measuring = measure(arena, { ...normParams(layout), working, norms });
    return { working, norms, jacobi, steps: [...loading, ...jacobi.steps, measuring] };
  });
  await execute(gpu, steps, {
    signal,
    onSteps: (done) => onProgress?.({ stage: "Jacobi", fraction: done / steps.length }),
  });
  const [measured, sweeps, skewPairs] = await readBack(gpu, [
    floats(norms, layout.batch * layout.workingRows),
    words(jacobi.sweeps, layout.batch),
    words(jacobi.skewPairs, layout.batch),
  ]);
  const { rows, lengths } = order(measured, layout);
  const most = sweeps.reduce((longest, count) => Math.max(longest, count), 0);
  const spectrum = toSpectrum(lengths, exponents, layout, HALF_ULP, {
    sweeps: most,
    rounds: most * (layout.rows - 1),
    converged: skewPairs.every((pairs) => pairs === 0),
  });
  return { spectrum, working, layout, rows, lengths };
}
