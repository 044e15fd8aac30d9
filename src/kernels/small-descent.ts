import { smallDescent } from "../../shaders/small-descent.ts";
import { adapterKind } from "../gpu/device.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { checkedGrid } from "../gpu/grid.ts";
import type { Matrix } from "../gpu/matrix.ts";
import type { Arena } from "../gpu/memory.ts";
import { type Advance, dispatchesOfSteps } from "./many-steps.ts";
import { shapesOf } from "./shapes.ts";

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
export async function createSmallDescent(gpu: Gpu, a: Matrix) {
  const { rowThreads: threads } = shapesOf(gpu.device);
  const [most_rows, most_cols] = [powerOfTwo(a.rows), powerOfTwo(a.cols)];
  const constants = { threads, most_rows, most_cols };
  const pipeline = await gpu.pipelines.get({ label: "small-descent", code: smallDescent, constants });
  return (
    arena: Arena,
    { targets, weights, velocity, point, progress }: SmallDescentBuffers,
    table: CoefficientTable,
    runs: number,
  ): ((count: number) => Iterable<Advance>) => {
    return dispatchesOfSteps(gpu, arena, {
      pipeline,
      params: (steps) => [
        ["u32", a.rows],
        ["u32", a.cols],
        ["u32", a.batch > 1 ? a.rows * a.cols : 0],
        ["u32", table.methods],
        ["u32", table.steps],
        ["u32", steps],
      ],
      buffers: [a.buffer, targets, table.buffer, weights, velocity, point, progress],
      grid: checkedGrid(runs),
      each: 2 * a.rows * a.cols * runs,
    });
  };
}

function powerOfTwo(count: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(count)));
}
