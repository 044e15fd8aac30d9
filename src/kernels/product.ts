import { gradient } from "../../shaders/gradient.ts";
import { narrowProduct } from "../../shaders/narrow-product.ts";
import { type ProductEnd, product } from "../../shaders/product.ts";
import type { EntrySource, PanelShape } from "../../shaders/shared/product.ts";
import { transposedProduct } from "../../shaders/transposed-product.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  checkedGrid,
  ELEMENT_WORK,
  elementGrid,
  MOST_WORKGROUPS,
  splitElements,
  splitWork,
  stepWork,
} from "../gpu/grid.ts";
import type { Arena } from "../gpu/memory.ts";
import { dispatch, type Step } from "../gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../gpu/uniform.ts";
import { shapesOf } from "./shapes.ts";

/** A, stored or generated, as the products read it. */
export interface Entries {
  readonly source: EntrySource;
  /** A's buffer where it is stored; else x, and b or each neuron's b and v, as two-floats. */
  readonly buffers: readonly GPUBuffer[];
  readonly rows: number;
  readonly cols: number;
  /** Matrices: one for all runs, or one a run. */
  readonly batch: number;
  /** What generated entries take: see `product_params`. */
  readonly generation?: {
    readonly dimensions: number;
    readonly power: number;
    readonly scale: readonly [hi: number, lo: number];
    /** Multiply–adds in registers that an entry costs, about. */
    readonly work: number;
  };
}

/** What a residual is watched with. */
export interface WatchBuffers {
  /** runs: bits of the largest |residual| that is no sign of divergence. */
  readonly limits: GPUBuffer;
  /** The step under way, and for each run the first step that went beyond its limit. */
  readonly step: GPUBuffer;
  readonly diverged: GPUBuffer;
}

/** Watches nothing: for residuals that may be anything. */
export function unwatched(arena: Arena, runs: number): WatchBuffers {
  return {
    limits: arena.upload("no limits", new Uint32Array(runs).fill(0xffffffff)),
    step: arena.storage("no step", 4),
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
export async function createProduct(gpu: Gpu, a: Entries, runs: number) {
  const encode = await createRowProduct(gpu, a, runs, "product");
  return (arena: Arena, { input, output }: ProductBuffers): Step[] => encode(arena, [input, output]);
}

/** Steps output = A·input − targets, noting in `diverged` the `step` at which a run's residual exceeds its limit. */
export async function createResidual(gpu: Gpu, a: Entries, runs: number) {
  const encode = await createRowProduct(gpu, a, runs, "residual");
  return (arena: Arena, { input, targets, limits, step, output, diverged }: ResidualBuffers): Step[] =>
    encode(arena, [input, targets, limits, step, output, diverged]);
}

/** Steps that leave Aᵀ·input of `runs` runs, input runs × rows, as shares. */
export async function createTransposedProduct(gpu: Gpu, a: Entries, runs: number) {
  const plan = await compile(gpu, a, runs, "transposed-product", (shape) =>
    transposedProduct({ source: a.source, shape }),
  );
  return (arena: Arena, input: GPUBuffer): Shares => {
    const { count } = plan.wideStrips;
    const shares = arena.storage("shares", count * runs * a.cols * 4);
    return { steps: plan.encode(arena, [input, shares], plan.wideStrips), shares, count };
  };
}

/** Steps that leave Aᵀ(A·input − targets) of `runs` runs as shares, reading A once, and watch the residual. */
export async function createGradient(gpu: Gpu, a: Entries, runs: number) {
  const plan = await compile(gpu, a, runs, "gradient", (shape) => gradient({ source: a.source, shape }));
  return (arena: Arena, buffers: Omit<ResidualBuffers, "output">): Shares => {
    const { input, targets, limits, step, diverged } = buffers;
    const { count } = plan.wideStrips;
    const shares = arena.storage("shares", count * runs * a.cols * 4);
    const bound = [input, targets, limits, step, shares, diverged];
    return { steps: plan.encode(arena, bound, plan.wideStrips), shares, count };
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

async function createRowProduct(gpu: Gpu, a: Entries, runs: number, end: ProductEnd) {
  if (a.source === "stored" && a.cols <= NARROW) {
    const pipeline = await gpu.pipelines.get({ label: `narrow ${end}`, code: narrowProduct(end) });
    return (arena: Arena, buffers: readonly GPUBuffer[]): Step[] => {
      const ranges = splitElements(gpu.device, runs * a.rows);
      const slots = paramSlots(arena, a, runs, ranges);
      return ranges.map(({ count }, i) =>
        dispatch(
          gpu,
          pipeline,
          [slots[i] as GPUBufferBinding, ...a.buffers, ...buffers],
          elementGrid(count),
          count * (a.cols + ELEMENT_WORK),
        ),
      );
    };
  }
  const plan = await compile(gpu, a, runs, end, (shape) => product({ source: a.source, shape, end }));
  return (arena: Arena, buffers: readonly GPUBuffer[]): Step[] => plan.encode(arena, buffers, plan.panelStrips);
}

async function compile(gpu: Gpu, a: Entries, runs: number, label: string, code: (shape: PanelShape) => string) {
  const { panel, shareGroups } = shapesOf(gpu.device);
  const shape = panelShape(panel, a, runs);
  const { source } = a;
  const pipeline = await gpu.pipelines.get({
    label,
    code: code(shape),
    constants: { threads: panel.threads },
    ofUser: source !== "stored" && "form" in source && typeof source.form !== "string",
  });
  const runTiles = Math.ceil(runs / shape.runs);
  const panels = Math.ceil(a.rows / shape.rows);
  const strips = (most: number): Strips => {
    const rows = Math.max(1, Math.ceil(panels / most)) * shape.rows;
    return { count: Math.ceil(a.rows / rows), rows };
  };
  return {
    panelStrips: strips(MOST_WORKGROUPS),
    // Enough workgroups to fill the device, each of which leaves a share as long as a row; and more where a strip would be
    // so long that float32 loses digits in its sum.
    wideStrips: strips(Math.max(Math.ceil(shareGroups / runTiles), Math.ceil(a.rows / MOST_STRIP_ROWS))),
    encode(arena: Arena, buffers: readonly GPUBuffer[], { count, rows }: Strips): Step[] {
      const work = count * a.cols * (runs + (a.generation?.work ?? 1) * runTiles);
      const ranges = splitWork(rows, work, stepWork(gpu.device), shape.rows);
      const grid = checkedGrid(count, runTiles);
      const slots = paramSlots(arena, a, runs, ranges, rows);
      return ranges.map((range, i) => {
        const bound = [slots[i] as GPUBufferBinding, ...a.buffers, ...buffers];
        return dispatch(gpu, pipeline, bound, grid, range.count * work);
      });
    },
  };
}

/** The uniform structs of a product's dispatches, one for each range: of a strip's rows, or of all rows of all runs. */
function paramSlots(
  arena: Arena,
  a: Entries,
  runs: number,
  ranges: readonly { readonly first: number; readonly count: number }[],
  strip = 0,
): GPUBufferBinding[] {
  const { dimensions = 0, power = 0, scale: [hi, lo] = [0, 0] } = a.generation ?? {};
  const structs = ranges.map(
    ({ first, count }) =>
      [
        ["u32", a.rows],
        ["u32", a.cols],
        ["u32", runs],
        ["u32", a.batch > 1 ? a.rows * a.cols : 0],
        ["u32", strip],
        ["u32", first],
        ["u32", first + count],
        ["u32", dimensions],
        ["u32", power],
        ["u32", 0], // opaque_zero
        ["f32", hi],
        ["f32", lo],
      ] as const,
  );
  const buffer = arena.uniform("product params", packUniforms(...structs));
  return structs.map((_, i) => ({ buffer, offset: i * UNIFORM_STRIDE, size: 48 }));
}
