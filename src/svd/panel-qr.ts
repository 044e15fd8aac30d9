import { applyReflectors } from "../../shaders/apply-reflectors.ts";
import { choosePivots, factorPanel, SKETCH, sketchRows } from "../../shaders/panel-qr.ts";
import type { ReflectorShape } from "../adapter/shapes.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import { checkedGrid, splitWork, stepWork } from "../gpu/workgroups.ts";
import type { WorkingLayout } from "./working-matrix.ts";

/** Rows, each cut into blocks. The n rows of a block are a matrix; the last block is at least as long as the others. */
export interface BlockRows extends WorkingLayout {
  readonly blocks: number;
  /** vec4s of a block. */
  readonly blockCols: number;
}

/** The reflectors of a QR, P·R = L·Q, of each block. L is in the working rows. */
export interface PanelQr {
  /** u32, batch · blocks × workingRows: the row of R that became row k of L. It holds the entries 0 … k of L. */
  readonly pivots: GPUBuffer;
  /** As the kernels lay them out: the reflectors of all panels or, where `keep` is false, of the last panel. */
  readonly reflectors: GPUBuffer;
  readonly triangles: GPUBuffer;
}

export interface PanelQrOptions {
  /** Whether rows change places, so that L comes near to diagonal form. It needs rows of one block. */
  readonly pivoting: boolean;
  /** Whether `prepareApplyReflectors` will need the reflectors. */
  readonly keep: boolean;
}

/**
 * Steps of a QR by Householder reflectors from the right (Golub & Van Loan, 5.2.3), in panels of rows. The layout has no
 * vectors, and in no block more rows than columns. Each row of L·Q errs by a few ulps of its own norm. A row whose
 * distance from the span of the rows before it is below 2⁻⁴⁰ counts as within it: it has no reflector, and 0 in the
 * diagonal.
 *
 * With pivoting, sketches choose the rows of a panel before it is factored (Martinsson, Quintana-Ortí, Heavner & van de
 * Geijn, SIAM J. Sci. Comput. 39, 2017). The diagonal of L then falls nearly as steeply as where each step takes the
 * longest remaining row, and Jacobi takes as many sweeps on Lᵀ. To find that row, each step would pass over all rows.
 */
export async function preparePanelQr(gpu: Gpu, shape: ReflectorShape) {
  const { panel: size, parts, panelThreads: threads } = shape;
  const [sketch, choose, factor, reflect] = await Promise.all([
    sketchRows.on(gpu),
    choosePivots({ panel: size }).on(gpu, { threads }),
    factorPanel({ panel: size }).on(gpu, { threads, lanes: threads / parts }),
    prepareReflect(gpu, shape),
  ]);
  const most = stepWork(gpu.device);
  return (
    arena: Arena,
    working: GPUBuffer,
    layout: BlockRows,
    { pivoting, keep }: PanelQrOptions,
  ): PanelQr & { readonly steps: readonly Step[] } => {
    const { batch, blocks, rows, workingRows, rowStride } = layout;
    const matrices = batch * blocks;
    const places = Uint32Array.from({ length: matrices * workingRows }, (_, i) => i % workingRows);
    const pivots = arena.upload("pivots", places);
    const sketches = arena.storage("sketches", pivoting ? matrices * workingRows * SKETCH * 4 : 0);
    const panels = panelsOf(rows, size);
    const room = keep ? rows : Math.min(size, rows);
    const reflectors = arena.storage("reflectors", batch * room * rowStride * 16);
    const triangles = arena.storage("triangles", matrices * Math.ceil(room / size) * size ** 2 * 4);
    const qr = { pivots, reflectors, triangles };

    const given = { rows, working_rows: workingRows, pivots };
    const length = (4 * rowStride) / blocks;
    const inMatrices = (work: number) => splitWork(matrices, work, most);
    const chosen = panels.map((panel) => {
      const work = (rows - panel) * 2 * size * SKETCH;
      return inMatrices(work).map((part) => ({
        given: { ...given, panel, sketches, first_matrix: part.first },
        workgroups: checkedGrid(part.count),
        work: part.count * work,
      }));
    });
    const factored = panels.map((panel) => {
      const work = 2 * size ** 2 * length;
      return splitWork(batch, blocks * work, most).flatMap((matrices) =>
        splitWork(blocks, matrices.count * work, most).map((part) => ({
          given: {
            ...panelParams(layout, panel, room),
            ...qr,
            working,
            first_block: part.first,
            first_matrix: matrices.first,
          },
          workgroups: checkedGrid(part.count, matrices.count),
          work: part.count * matrices.count * work,
        })),
      );
    });
    const reflected = panels.map((panel) => ({ panel, first: panel + size, order: "first to last" }) as const);
    const choosing = pivoting ? grouped(choose(arena, chosen.flat()), chosen) : [];
    const factoring = grouped(factor(arena, factored.flat()), factored);
    const reflecting = reflect(arena, qr, room, pivots, working, layout, reflected);
    const sketching = { ...given, batch, row_length: 4 * rowStride, working, sketches };
    const steps = panels.flatMap((panel, i) => [
      ...(pivoting ? sketch(arena, { ...sketching, panel }) : []),
      ...(choosing[i] ?? []),
      ...(factoring[i] as Step[]),
      ...(reflecting[i] as Step[]),
    ]);
    return { steps, ...qr };
  };
}

/**
 * Steps that multiply the rows of `working` by the Q of a QR from the right: the rows of [J 0] become those of J·Q, block by
 * block. They have the layout of the rows of that QR, which kept its reflectors.
 */
export async function prepareApplyReflectors(gpu: Gpu, shape: ReflectorShape) {
  const reflect = await prepareReflect(gpu, shape);
  return (arena: Arena, qr: PanelQr, working: GPUBuffer, layout: BlockRows): Step[] => {
    const { batch, blocks, rows, workingRows } = layout;
    const panels = panelsOf(rows, shape.panel);
    const all = Uint32Array.from({ length: batch * blocks * workingRows }, (_, i) => i % workingRows);
    const ranges = panels.toReversed().map((panel) => ({ panel, first: 0, order: "last to first" }) as const);
    return reflect(arena, qr, rows, arena.upload("all rows", all), working, layout, ranges).flat();
  };
}

/** The reflectors of a panel, applied in an order to the rows from place `first` on. */
interface Reflected {
  readonly panel: number;
  readonly first: number;
  readonly order: "first to last" | "last to first";
}

/** For each panel, the steps that apply its reflectors. `room` is how many reflectors a matrix has room for. */
async function prepareReflect(gpu: Gpu, shape: ReflectorShape) {
  const { panel: size, threads, parts } = shape;
  const together = shape.sharing === "quad" ? shape.rows * threads : shape.rows;
  const apply = await applyReflectors(shape).on(gpu, { threads, lanes: threads / parts });
  return (
    arena: Arena,
    { reflectors, triangles }: PanelQr,
    room: number,
    places: GPUBuffer,
    working: GPUBuffer,
    layout: BlockRows,
    ranges: readonly Reflected[],
  ): Step[][] => {
    const { batch, blocks, rows, rowStride } = layout;
    const calls = ranges.map(({ panel, first, order }) => {
      const work = batch * together * 2 * size * (4 * rowStride - blocks * panel);
      const [row_step, col_step] = order === "first to last" ? [size, 1] : [1, size];
      const given = {
        ...panelParams(layout, panel, room),
        reflectors,
        triangles,
        places,
        working,
        first,
        row_step,
        col_step,
      };
      const groups = Math.max(0, Math.ceil((rows - first) / together));
      return splitWork(groups, work, stepWork(gpu.device)).map((part) => ({
        given: { ...given, first_group: part.first },
        workgroups: checkedGrid(part.count, blocks, batch),
        work: part.count * work,
      }));
    });
    return grouped(apply(arena, calls.flat()), calls);
  };
}

/** The first reflector of each panel. */
function panelsOf(rows: number, size: number): number[] {
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => i * size);
}

function panelParams({ rows, workingRows, rowStride, blocks, blockCols }: BlockRows, panel: number, room: number) {
  return {
    panel,
    rows,
    working_rows: workingRows,
    row_stride: rowStride,
    blocks,
    block_cols: blockCols,
    reflector_rows: room,
    reflector_first: room < rows ? 0 : panel,
  };
}

/** Steps in the groups of their calls. */
function grouped(steps: readonly Step[], groups: readonly (readonly unknown[])[]): Step[][] {
  const left = steps.values();
  return groups.map((calls) => Array.from(calls, () => left.next().value as Step));
}
