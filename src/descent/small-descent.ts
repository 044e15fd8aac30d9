import { smallDescent } from "../../shaders/small-descent.ts";
import { shapesOf } from "../adapter/shapes.ts";
import { adapterKind } from "../gpu/device.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { checkedGrid } from "../gpu/workgroups.ts";
import { type Advance, dispatchesOfSteps } from "./many-steps.ts";

/** Steps done, the bits of the limit and the step of divergence: words of a run's `progress`. */
export const PROGRESS_WORDS = 3;

/** A table of the coefficients of steps, `steps` × `methods` vec4f, that repeats: see shaders/momentum-step.ts. */
export interface CoefficientTable {
  readonly buffer: GPUBuffer;
  readonly steps: number;
  readonly methods: number;
}

export interface SmallDescentBuffers {
  /** w, d and p, runs × cols each. */
  readonly weights: GPUBuffer;
  readonly velocity: GPUBuffer;
  readonly point: GPUBuffer;
  readonly targets: GPUBuffer;
  /** runs × PROGRESS_WORDS. */
  readonly progress: GPUBuffer;
}

const MOST_ENTRIES = 2 ** 14;
const MOST_SIDES = 512;

/**
 * Whether steps by one workgroup a run take no longer than the dispatches that they save, and its vectors fit. On a
 * software adapter runs that share a matrix are faster by products that read it once for several of them.
 */
export function isSmall(device: GPUDevice, { rows, cols, batch }: Matrix, runs: number): boolean {
  const sharing = batch === 1 && adapterKind(device) === "gpu" ? 1 : runs;
  return rows * cols * sharing <= MOST_ENTRIES && rows + cols <= MOST_SIDES;
}

/** Steps of a linear method with momentum, any number of them. */
export async function prepareSmallDescent(gpu: Gpu, a: Matrix) {
  const { rowThreads: threads } = shapesOf(gpu.device);
  const [most_rows, most_cols] = [powerOfTwo(a.rows), powerOfTwo(a.cols)];
  const descend = await smallDescent.on(gpu, { threads, most_rows, most_cols });
  return (
    arena: Arena,
    buffers: SmallDescentBuffers,
    { buffer: coefficients, methods, steps: table }: CoefficientTable,
    runs: number,
  ): ((count: number) => Iterable<Advance>) => {
    const { rows, cols } = a;
    const matrix_step = a.batch > 1 ? rows * cols : 0;
    const given = { ...buffers, a: a.buffer, coefficients, rows, cols, matrix_step, methods, table };
    return dispatchesOfSteps(gpu, 2 * rows * cols * runs, (dispatches) =>
      descend(
        arena,
        dispatches.map(({ steps, work }) => ({ given: { ...given, steps }, workgroups: checkedGrid(runs), work })),
      ),
    );
  };
}

function powerOfTwo(count: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(count)));
}
