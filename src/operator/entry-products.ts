import { gradient, narrowProduct, product, sumShares, transposedProduct } from "../../shaders/product.ts";
import { areInTwoFloats, type EntrySupply } from "../../shaders/shared/entries.ts";
import type { PanelShape } from "../../shaders/shared/panel.ts";
import type { ProductEnd } from "../../shaders/shared/product-end.ts";
import { shapesOf } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, MOST_WORKGROUPS, splitWork, stepWork } from "../gpu/workgroups.ts";
import type { ProductBuffers, Products, ResidualBuffers, Shares } from "./products.ts";

/** A matrix A whose entries are stored or generated. */
export type Entries = EntrySupply & {
  readonly rows: number;
  readonly cols: number;
  /** How many matrices there are: one for all runs, or one for each run. */
  readonly batch: number;
  /** About how many multiply–adds it takes to read or to compute an entry. */
  readonly work: number;
};

/** Products that go through all entries of A. */
export function entryProducts(gpu: Gpu, a: Entries, runs: number): Products {
  const plan = planPanels(gpu, a, runs);
  return {
    product: () => prepareRowProduct<ProductBuffers>(gpu, a, runs, plan, "product"),
    residual: () => prepareRowProduct<ResidualBuffers>(gpu, a, runs, plan, "residual"),
    async transposedProduct() {
      const [multiply, sum] = await Promise.all([transposedProduct(plan.panels).on(gpu), sumShares.on(gpu)]);
      return (arena, { input, output }) => {
        const { shares, count, calls } = plan.sharesOf(arena);
        return [
          ...multiply(arena, calls({ input, shares })),
          ...sum(arena, { length: runs * a.cols, count, shares, sums: output }),
        ];
      };
    },
    async gradient() {
      const encode = await gradient(plan.panels).on(gpu);
      return (arena, buffers): Shares => {
        const { shares, count, calls } = plan.sharesOf(arena, areInTwoFloats(a.source) ? 1 : 0);
        return { steps: encode(arena, calls({ ...buffers, shares })), shares, count };
      };
    },
  };
}

/** Up to this many columns, one thread takes a whole row of a stored matrix. */
const NARROW = 64;

/** A·input, or A·input − targets, by `end`. */
async function prepareRowProduct<Buffers extends ProductBuffers>(
  gpu: Gpu,
  a: Entries,
  runs: number,
  { panels, rowCalls }: PanelPlan,
  end: ProductEnd,
): Promise<(arena: Arena, buffers: Buffers) => Step[]> {
  if (a.source === "stored" && a.cols <= NARROW) {
    const encode = await narrowProduct(end).on(gpu);
    const { rows, cols, given } = a;
    return (arena, buffers) => encode(arena, { rows, cols, runs, ...given, ...buffers });
  }
  const encode = await product({ ...panels, end }).on(gpu);
  return (arena, buffers) => encode(arena, rowCalls(buffers));
}

/** A is cut into `count` strips of `rows` rows. One workgroup goes through the panels of a strip, one after the other. */
interface Strips {
  readonly count: number;
  readonly rows: number;
}

/** The most rows that are summed one after the other. A matrix of 2²⁰ rows gives 2¹⁰ partial sums, which are then summed. */
const MOST_STRIP_ROWS = 2 ** 10;

type PanelPlan = ReturnType<typeof planPanels>;

/** How the kernels that read A in panels go through it. */
function planPanels(gpu: Gpu, a: Entries, runs: number) {
  const { panel, panelEntry, shareGroups } = shapesOf(gpu);
  const shape = panelShape(panel, a, runs);
  const { rows, cols } = a;
  const { source, given, entry } = inEntriesOf(panelEntry, a);
  const runTiles = Math.ceil(runs / shape.runs);
  const strips = (most: number): Strips => {
    const panels = Math.ceil(rows / shape.rows);
    const strip = Math.max(1, Math.ceil(panels / most)) * shape.rows;
    return { count: Math.ceil(rows / strip), rows: strip };
  };
  /** One call for each range of the strips' rows that a step can hold. */
  const callsOver = <B extends object>(buffers: B, strips: Strips) => {
    const work = strips.count * cols * (runs + a.work * runTiles);
    const workgroups = checkedGrid(strips.count, runTiles);
    return splitWork(strips.rows, work, stepWork(gpu.device), shape.rows).map(({ first, count }) => ({
      given: { ...given, ...buffers, rows, cols: cols / entry, runs, strip: strips.rows, first, end: first + count },
      workgroups,
      work: count * work,
    }));
  };
  const narrowStrips = strips(MOST_WORKGROUPS);
  // Each workgroup writes a partial sum as long as a row. There are as many as keep the device busy, and more where a
  // strip would be so long that its sum loses digits in float32.
  const wideStrips = strips(Math.max(Math.ceil(shareGroups / runTiles), Math.ceil(rows / MOST_STRIP_ROWS)));
  return {
    panels: { source, shape },
    /** The calls of a product that has an output for each row. */
    rowCalls: <B extends object>(buffers: B) => callsOver(buffers, narrowStrips),
    /**
     * A buffer for the shares of a sum over rows, and the calls that write them. Behind the shares it has `keptRows` rows for
     * each strip and panel of runs.
     */
    sharesOf: (arena: Arena, keptRows = 0) => ({
      shares: arena.storage("shares", wideStrips.count * (runs + keptRows * runTiles) * cols * 4),
      count: wideStrips.count,
      calls: <B extends object>(buffers: B) => callsOver(buffers, wideStrips),
    }),
  };
}

/**
 * The panel for `wanted` runs of A. It has one row where entries are in two-floats: an entry then costs more than the reads
 * that more rows save, and its code is long. 16 copies of it took SwiftShader 8 to 26 s to compile. Fewer runs than a panel
 * has share it where an entry costs more than the runs that are missing.
 */
function panelShape({ rows, runs, threads }: PanelShape, a: Entries, wanted: number): PanelShape {
  const areShared = a.batch === 1 && (wanted >= runs || (wanted > 1 && a.work > runs));
  return { rows: areInTwoFloats(a.source) ? 1 : rows, runs: areShared ? runs : 1, threads };
}

/** A stored matrix is read as vec4s where its rows are whole ones: `entry` is the number of columns of an entry. */
function inEntriesOf(columns: 1 | 4, a: Entries): EntrySupply & { readonly entry: 1 | 4 } {
  if (a.source !== "stored" || columns === 1 || a.cols % columns > 0) return { ...a, entry: 1 };
  return { source: "stored vec4s", given: { ...a.given, matrix_step: a.given.matrix_step / columns }, entry: columns };
}
