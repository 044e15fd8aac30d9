import { gradient } from "../../shaders/gradient.ts";
import { narrowProduct } from "../../shaders/narrow-product.ts";
import { type ProductEnd, product } from "../../shaders/product.ts";
import type { EntrySupply, PanelShape } from "../../shaders/shared/panel-product.ts";
import { transposedProduct } from "../../shaders/transposed-product.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";

/** A, stored or generated, as the products read it. */
export type Entries = EntrySupply & {
  readonly rows: number;
  readonly cols: number;
  /** Matrices: one for all runs, or one a run. */
  readonly batch: number;
  /** Multiply–adds that an entry costs, about. */
  readonly work: number;
};

/** What a residual is watched with. */
export interface WatchBuffers {
  /** runs: bits of the largest |residual| that is no sign of divergence. */
  readonly limits: GPUBuffer;
  /** The step under way, and for each run the first step that went beyond its limit. */
  readonly current_step: GPUBuffer;
  readonly diverged: GPUBuffer;
}

/** Watches nothing: for residuals that may be anything. */
export function unwatched(arena: Arena, runs: number): WatchBuffers {
  return {
    limits: arena.upload("no limits", new Uint32Array(runs).fill(0xffffffff)),
    current_step: arena.storage("no step", 4),
    diverged: arena.storage("none diverged", runs * 4),
  };
}

export interface ProductBuffers {
  readonly input: GPUBuffer;
  readonly output: GPUBuffer;
}

export interface ResidualBuffers extends ProductBuffers, WatchBuffers {
  readonly targets: GPUBuffer;
}

/** A product left as `count` shares, each runs × cols, that are still to be summed. */
export interface Shares {
  readonly steps: readonly Step[];
  readonly shares: GPUBuffer;
  readonly count: number;
}

/** Steps output = A·input of `runs` runs: input runs × cols, output runs × rows. */
export async function prepareProduct(gpu: Gpu, a: Entries, runs: number) {
  const encode = await prepareRowProduct(gpu, a, runs, "product");
  return (arena: Arena, buffers: ProductBuffers): Step[] => encode(arena, buffers);
}

/** Steps output = A·input − targets, noting in `diverged` the step at which a run's residual exceeds its limit. */
export async function prepareResidual(gpu: Gpu, a: Entries, runs: number) {
  const encode = await prepareRowProduct(gpu, a, runs, "residual");
  return (arena: Arena, buffers: ResidualBuffers): Step[] => encode(arena, buffers);
}

/** Steps that leave Aᵀ·input of `runs` runs, input runs × rows, as shares. */
export async function prepareTransposedProduct(gpu: Gpu, a: Entries, runs: number) {
  const { panels, constants, wideStrips, shareBuffer, calls } = planPanels(gpu, a, runs);
  const encode = await transposedProduct(panels).on(gpu, constants);
  return (arena: Arena, input: GPUBuffer): Shares => {
    const shares = shareBuffer(arena);
    return { steps: encode(arena, calls({ input, shares }, wideStrips)), shares, count: wideStrips.count };
  };
}

/** Steps that leave Aᵀ(A·input − targets) of `runs` runs as shares, reading A once, and watch the residual. */
export async function prepareGradient(gpu: Gpu, a: Entries, runs: number) {
  const { panels, constants, wideStrips, shareBuffer, calls } = planPanels(gpu, a, runs);
  const encode = await gradient(panels).on(gpu, constants);
  return (arena: Arena, buffers: Omit<ResidualBuffers, "output">): Shares => {
    const shares = shareBuffer(arena);
    return { steps: encode(arena, calls({ ...buffers, shares }, wideStrips)), shares, count: wideStrips.count };
  };
}

/** Rows of A that a workgroup takes in turn. */
interface Strips {
  readonly count: number;
  readonly rows: number;
}

/**
 * The panel of `runs` runs of A. An entry in two-floats outweighs the reads that a row saves, and its code is long: 16
 * copies of it took SwiftShader 8 to 26 s to compile.
 */
function panelShape({ rows, runs }: PanelShape, a: Entries, wanted: number): PanelShape {
  const inTwoFloats = a.source !== "stored" && "form" in a.source;
  return { rows: inTwoFloats ? 1 : rows, runs: a.batch > 1 || wanted < runs ? 1 : runs };
}

/** Rows that are summed one after the other, at most: as many shares follow where N is its square. */
const MOST_STRIP_ROWS = 2 ** 10;

/** Columns up to which a stored row is one thread's. */
const NARROW = 64;

async function prepareRowProduct(gpu: Gpu, a: Entries, runs: number, end: ProductEnd) {
  if (a.source === "stored" && a.cols <= NARROW) {
    const encode = await narrowProduct(end).on(gpu);
    const { rows, cols, given } = a;
    return (arena: Arena, buffers: ProductBuffers): Step[] => encode(arena, { rows, cols, runs, ...given, ...buffers });
  }
  const { panels, constants, panelStrips, calls } = planPanels(gpu, a, runs);
  const encode = await product({ ...panels, end }).on(gpu, constants);
  return (arena: Arena, buffers: ProductBuffers): Step[] => encode(arena, calls(buffers, panelStrips));
}

/** How the kernels that take A by panels go through it. */
function planPanels(gpu: Gpu, a: Entries, runs: number) {
  const { panel, shareGroups } = shapesOf(gpu.device);
  const shape = panelShape(panel, a, runs);
  const { source, given, rows, cols } = a;
  const runTiles = Math.ceil(runs / shape.runs);
  const strips = (most: number): Strips => {
    const panels = Math.ceil(rows / shape.rows);
    const strip = Math.max(1, Math.ceil(panels / most)) * shape.rows;
    return { count: Math.ceil(rows / strip), rows: strip };
  };
  // Enough workgroups to fill the device, each of which leaves a share as long as a row; and more where a strip would be
  // so long that float32 loses digits in its sum.
  const wideStrips = strips(Math.max(Math.ceil(shareGroups / runTiles), Math.ceil(rows / MOST_STRIP_ROWS)));
  return {
    panels: { source, shape },
    constants: { threads: panel.threads },
    panelStrips: strips(MOST_WORKGROUPS),
    wideStrips,
    shareBuffer: (arena: Arena) => arena.storage("shares", wideStrips.count * runs * cols * 4),
    /** One a range of the strips' rows that a step can hold. */
    calls: <B extends object>(buffers: B, strips: Strips) => {
      const work = strips.count * cols * (runs + a.work * runTiles);
      const workgroups = checkedGrid(strips.count, runTiles);
      return splitWork(strips.rows, work, stepWork(gpu.device), shape.rows).map(({ first, count }) => ({
        given: { ...given, ...buffers, rows, cols, runs, strip: strips.rows, first, end: first + count },
        workgroups,
        work: count * work,
      }));
    },
  };
}
