import { extractVectors } from "../../shaders/extract-vectors.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { type SmallJacobiShape, smallJacobi } from "../../shaders/small-jacobi.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack, words } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { allDone } from "../gpu/waits.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";
import { completeVectors, inverses, type Svd, toSvd } from "./singular-vectors.ts";
import { HALF_ULP, orderRows, type Spectrum, scaleExponents, sweepTolerance, toSpectrum } from "./spectrum.ts";
import type { SweepOptions } from "./sweep.ts";
import { loadParams, rowLayout, vectorParams, viewOf, type WorkingLayout, workingBytes } from "./working-matrix.ts";

/** Whether one workgroup takes all sweeps of each matrix. */
export function isSmall(gpu: Gpu, { rows, cols, batch }: Matrix): boolean {
  return fitsSmallJacobi(gpu, rowLayout(rows, cols, batch, true));
}

export async function smallSingularValues(gpu: Gpu, matrix: Matrix, options: SweepOptions): Promise<Spectrum> {
  return gpu.withArena(async (arena) => (await diagonalise(gpu, arena, matrix, false, options)).spectrum);
}

export async function smallSvd(gpu: Gpu, matrix: Matrix, options: SweepOptions): Promise<Svd> {
  return gpu.withArena(async (arena) => {
    const [extract, { spectrum, working, layout, rows, lengths }] = await allDone([
      extractVectors.on(gpu),
      diagonalise(gpu, arena, matrix, true, options),
    ]);
    const { batch, length, rows: count } = layout;
    const { long, short, steps } = await gpu.guard("singular vectors", () => {
      const long = arena.storage("long singular vectors", batch * length * count * 4);
      const short = arena.storage("short singular vectors", batch * count * count * 4);
      const inverse = Float32Array.from(inverses(lengths));
      const ones = new Float32Array(batch * count).fill(1);
      const given = { ...vectorParams(layout), working, order: arena.upload("order", rows) };
      const ofR = { first: 0, length, scales: arena.upload("1/lengths", inverse), out: long };
      const ofJ = { first: 4 * layout.cols, length: count, scales: arena.upload("ones", ones), out: short };
      return {
        long: Matrix.create(gpu, { rows: length, cols: count, batch, buffer: long }),
        short: Matrix.create(gpu, { rows: count, cols: count, batch, buffer: short }),
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

/** All sweeps of a matrix in one workgroup: [R | I] → [J·R | J], where the rows of J·R are orthogonal. */
async function diagonalise(gpu: Gpu, arena: Arena, matrix: Matrix, withVectors: boolean, options: SweepOptions) {
  const { signal, onProgress, maxSweeps } = options;
  const layout = rowLayout(matrix.rows, matrix.cols, matrix.batch, withVectors);
  const [load, sweepAll, exponents] = await allDone([
    loadWorking.on(gpu),
    prepareSmallJacobi(gpu, layout),
    scaleExponents(gpu, matrix, options),
  ]);
  const { working, jacobi, steps } = await gpu.guard("svd", () => {
    const working = arena.storage("working matrices", workingBytes(layout));
    const source = viewOf(matrix, layout.transposed);
    const shifts = arena.upload("exponents", exponents);
    const loading = load(arena, { ...loadParams(source, layout), exponents: shifts, working });
    const jacobi = sweepAll(arena, working, layout, { tolerance: sweepTolerance(layout.length), maxSweeps });
    return { working, jacobi, steps: [...loading, ...jacobi.steps] };
  });
  await execute(gpu, steps, {
    signal,
    onSteps: (done) => onProgress?.({ stage: "Jacobi", fraction: done / steps.length }),
  });
  const [measured, sweeps, skewPairs] = await readBack(gpu, [
    floats(jacobi.norms, layout.batch * layout.workingRows),
    words(jacobi.sweeps, layout.batch),
    words(jacobi.skewPairs, layout.batch),
  ]);
  const { rows, lengths } = orderRows(measured, layout);
  const most = sweeps.reduce((longest, count) => Math.max(longest, count), 0);
  const spectrum = toSpectrum(lengths, exponents, layout, HALF_ULP, {
    sweeps: most,
    rounds: most * (layout.rows - 1),
    converged: skewPairs.every((pairs) => pairs === 0),
  });
  return { spectrum, working, layout, rows, lengths };
}

/** As many rows as the 256 threads of a workgroup on a GPU take at once, 8 of them for each pair. */
const MOST_ROWS = 64;
const VEC4_BYTES = 16;
const COUNTER_BYTES = 2 * 16; // two u32: each variable counts in multiples of 16 bytes

/**
 * About how many sweeps matrices take: 7 for random 16 × 16, 8 for 32 × 32, 10 for 64 × 64, and up to 22 for smooth
 * activations.
 */
const TYPICAL_SWEEPS = 8;

/** What it costs to start a workgroup on a software adapter, in multiply–adds. */
const GROUP_WORK = 2 ** 13;

type Shape = Pick<WorkingLayout, "rows" | "cols" | "rowStride">;

interface SmallJacobi {
  readonly steps: readonly Step[];
  /** f32, batch × workingRows: the lengths of the rows of J·R. */
  readonly norms: GPUBuffer;
  /** u32, batch: the sweeps of each matrix, including the last one, which found all rows orthogonal. */
  readonly sweeps: GPUBuffer;
  /** u32, batch: pairs of rows that its last sweep found not orthogonal; 0 unless `maxSweeps` ended the iteration. */
  readonly skewPairs: GPUBuffer;
}

/** The most vec4s of R that a workgroup takes where its memory does not hold them: those of 64 × 64. */
const MOST_ENTRIES = 1024;

/** Whether one workgroup makes the rows of such a matrix orthogonal. */
export function fitsSmallJacobi(gpu: Pick<Gpu, "device">, shape: Shape): boolean {
  const { rows, cols } = shape;
  if (rows < 1 || rows > MOST_ROWS) return false;
  return rows * cols <= MOST_ENTRIES || smallJacobiVariant(gpu, shape).shape.held !== "nothing";
}

/**
 * The variant of the kernel for such a matrix, and its constants. On a GPU, memory is as large as the matrix needs.
 * SwiftShader compiles one store for each word of workgroup memory that it clears, 0.4 ms a word. On software adapters,
 * sizes are therefore powers of two, up to the limit, so that matrices share pipelines.
 */
export function smallJacobiVariant({ device }: Pick<Gpu, "device">, { rows, cols, rowStride }: Shape) {
  const { smallJacobi, rowThreads } = shapesOf({ device });
  const { sharers, columns, mostBytes } = smallJacobi;
  const threads = sharers > 1 ? sharers * Math.ceil(rows / 2) : rowThreads;
  const sumBytes = sharers > 1 ? threads * VEC4_BYTES : 0;
  const bytes = Math.min(device.limits.maxComputeWorkgroupStorageSize, mostBytes) - COUNTER_BYTES - sumBytes;
  const allowed = Math.floor(bytes / VEC4_BYTES);
  const sizes = { "R and J": rows * rowStride, R: rows * cols, nothing: 0 };
  const held = (["R and J", "R"] as const).find((part) => sizes[part] <= allowed) ?? "nothing";
  const entries = sizes[held];
  const rounded = sharers > 1 ? entries : Math.min(2 ** Math.ceil(Math.log2(entries)), allowed);
  const together = (vec4s: number) => Math.min(columns, Math.ceil(vec4s / sharers));
  const shape: SmallJacobiShape = {
    held,
    sharers,
    multiplied: together(cols),
    turned: together(held === "R" ? Math.max(cols, rowStride - cols) : rowStride),
  };
  return { shape, constants: { threads, entries: rounded } };
}

/**
 * Steps that make the rows of working matrices orthogonal in place, [R | I] → [J·R | J]. The layout must have the rows
 * and the stride of `shape`, and fit by `fitsSmallJacobi`. The sweeps of a matrix end with the first that finds all
 * pairs of rows orthogonal up to `tolerance`, or after `maxSweeps`.
 */
export async function prepareSmallJacobi(gpu: Gpu, shape: Shape) {
  const variant = smallJacobiVariant(gpu, shape);
  const encode = await smallJacobi(variant.shape).on(gpu, variant.constants);
  return (
    arena: Arena,
    working: GPUBuffer,
    { batch, rows, workingRows, rowStride, cols }: WorkingLayout,
    { tolerance, maxSweeps }: { tolerance: number; maxSweeps: number },
  ): SmallJacobi => {
    const meetings = TYPICAL_SWEEPS * rows * ((rows - 1) / 2);
    const work = GROUP_WORK + meetings * 4 * (3 * cols + 4 * rowStride);
    const parts = splitWork(batch, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
    const norms = arena.storage("row norms", batch * workingRows * 4);
    const sweeps = arena.storage("sweeps", batch * 4);
    const skewPairs = arena.storage("skew pairs", batch * 4);
    const given = {
      rows,
      working_rows: workingRows,
      row_stride: rowStride,
      cols,
      max_sweeps: maxSweeps,
      tolerance,
      working,
      norms,
      sweeps,
      skew_pairs: skewPairs,
    };
    const calls = parts.map(({ first, count }) => ({
      given: { ...given, first_matrix: first },
      workgroups: checkedGrid(count),
      work: count * work,
    }));
    return { steps: encode(arena, calls), norms, sweeps, skewPairs };
  };
}
