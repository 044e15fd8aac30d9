import { extractVectors } from "../../shaders/extract-vectors.ts";
import { loadWorking } from "../../shaders/load-working.ts";
import { rowNorms } from "../../shaders/row-norms.ts";
import { smallJacobi } from "../../shaders/small-jacobi.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { adapterKind } from "../gpu/device.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, readBack, words } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";
import { completeVectors, inverses, type Svd, toSvd } from "./singular-vectors.ts";
import { HALF_ULP, orderRows, type Spectrum, scaleExponents, sweepTolerance, toSpectrum } from "./spectrum.ts";
import type { SweepOptions } from "./sweep.ts";
import {
  loadParams,
  normParams,
  rowLayout,
  vectorParams,
  viewOf,
  type WorkingLayout,
  workingBytes,
} from "./working-matrix.ts";

/**
 * Whether the working matrices [R | I] of `matrix` fit in the memory of a workgroup. The answer serves for the values alone
 * too, which need only R.
 */
export function isSmall(gpu: Gpu, { rows, cols, batch }: Matrix): boolean {
  return fitsSmallJacobi(gpu.device, rowLayout(rows, cols, batch, true));
}

export async function smallSingularValues(gpu: Gpu, matrix: Matrix, options: SweepOptions): Promise<Spectrum> {
  return gpu.withArena(async (arena) => (await diagonalise(gpu, arena, matrix, false, options)).spectrum);
}

export async function smallSvd(gpu: Gpu, matrix: Matrix, options: SweepOptions): Promise<Svd> {
  return gpu.withArena(async (arena) => {
    const { spectrum, working, layout, rows, lengths } = await diagonalise(gpu, arena, matrix, true, options);
    const extract = await extractVectors.on(gpu);
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
  const { rows, lengths } = orderRows(measured, layout);
  const most = sweeps.reduce((longest, count) => Math.max(longest, count), 0);
  const spectrum = toSpectrum(lengths, exponents, layout, HALF_ULP, {
    sweeps: most,
    rounds: most * (layout.rows - 1),
    converged: skewPairs.every((pairs) => pairs === 0),
  });
  return { spectrum, working, layout, rows, lengths };
}

const MOST_ROWS = 64;
const MOST_PAIRS = MOST_ROWS / 2;
const VEC4_BYTES = 16;
const COUNTER_BYTES = 2 * 16; // two u32: each variable counts in multiples of 16 bytes

/**
 * Threads that share a pair on a GPU. With a vec4 each, they read all 32 banks of workgroup memory at once, and a sum
 * has 8 parts. 32 pairs then make 256 threads, which every device allows.
 */
const SHARERS = 8;

/**
 * About how many sweeps matrices take: 7 for random 16 × 16, 8 for 32 × 32, and 17 for the widest Gaussian activations.
 */
const TYPICAL_SWEEPS = 8;

/** What it costs to start a workgroup on a software adapter, in multiply–adds. */
const GROUP_WORK = 2 ** 13;

type Shape = Pick<WorkingLayout, "rows" | "rowStride">;

/** The `override` constants of shaders/small-jacobi.ts. */
type Constants = Record<"threads" | "sharers" | "entries" | "shares", number>;

interface SmallJacobi {
  readonly steps: readonly Step[];
  /** u32, batch: the sweeps of each matrix, including the last one, which found all rows orthogonal. */
  readonly sweeps: GPUBuffer;
  /** u32, batch: pairs of rows that its last sweep found not orthogonal; 0 unless `maxSweeps` ended the iteration. */
  readonly skewPairs: GPUBuffer;
}

/**
 * Bytes of workgroup memory to use. On a software adapter the default of WebGPU: SwiftShader takes seconds to compile
 * more.
 */
function memoryOf(device: GPUDevice): number {
  const { maxComputeWorkgroupStorageSize: most } = device.limits;
  return adapterKind(device) === "gpu" ? most : Math.min(most, 2 ** 14);
}

/** Whether the rows of a matrix, 1 to 64, and the sums of its pairs fit in a workgroup's memory. */
export function fitsSmallJacobi(device: GPUDevice, layout: Shape): boolean {
  if (layout.rows < 1 || layout.rows > MOST_ROWS) return false;
  const { entries, shares } = smallJacobiConstants(device, layout);
  return (entries + shares) * VEC4_BYTES + COUNTER_BYTES <= memoryOf(device);
}

/**
 * On a GPU the sizes are those of the matrix. A software adapter runs few lanes at once: there each thread has a pair
 * of its own. SwiftShader compiles one store for each word of workgroup memory that it clears, 0.4 ms a word: there
 * sizes are powers of two, up to the limit, so that matrices share pipelines.
 */
export function smallJacobiConstants(device: GPUDevice, { rows, rowStride }: Shape): Constants {
  const entries = rows * rowStride;
  const pairs = Math.ceil(rows / 2);
  if (adapterKind(device) === "gpu") {
    return { threads: SHARERS * pairs, sharers: SHARERS, entries, shares: SHARERS * pairs };
  }
  const allowed = Math.floor((memoryOf(device) - COUNTER_BYTES) / VEC4_BYTES) - MOST_PAIRS;
  const rounded = Math.min(2 ** Math.ceil(Math.log2(entries)), allowed);
  return { threads: shapesOf(device).rowThreads, sharers: 1, entries: Math.max(entries, rounded), shares: MOST_PAIRS };
}

/**
 * Steps that make the rows of working matrices orthogonal in place, [R | I] → [J·R | J]. The layout must have the rows
 * and the stride of `shape`, and fit by `fitsSmallJacobi`. The sweeps of a matrix end with the first that finds all
 * pairs of rows orthogonal up to `tolerance`, or after `maxSweeps`.
 */
export async function prepareSmallJacobi(gpu: Gpu, shape: Shape) {
  const encode = await smallJacobi.on(gpu, smallJacobiConstants(gpu.device, shape));
  return (
    arena: Arena,
    working: GPUBuffer,
    { batch, rows, workingRows, rowStride, cols }: WorkingLayout,
    { tolerance, maxSweeps }: { tolerance: number; maxSweeps: number },
  ): SmallJacobi => {
    const meetings = TYPICAL_SWEEPS * rows * ((rows - 1) / 2);
    const work = GROUP_WORK + meetings * 4 * (3 * cols + 4 * rowStride);
    const parts = splitWork(batch, work, Math.min(stepWork(gpu.device), MOST_WORKGROUPS * work));
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
      sweeps,
      skew_pairs: skewPairs,
    };
    const calls = parts.map(({ first, count }) => ({
      given: { ...given, first_matrix: first },
      workgroups: checkedGrid(count),
      work: count * work,
    }));
    return { steps: encode(arena, calls), sweeps, skewPairs };
  };
}
