import type { PanelShape } from "../../shaders/shared/panel.ts";
import type { TileShape } from "../../shaders/tiled-product.ts";
import { type AdapterKind, adapterKind } from "../gpu/device.ts";

/** How a scan divides its work. */
export interface ScanShape {
  /** Threads of a workgroup: segments of a group. */
  readonly threads: number;
  /** Sources of a segment, for one thread. */
  readonly items: number;
  /** Threads of the spine, which scans a run's segments, or its groups where workgroups have scanned the segments. */
  readonly spineThreads: number;
  /** Whether a workgroup scans its group. That takes barriers, which cost much on a CPU. */
  readonly isGrouped: boolean;
}

/** How a round of a Jacobi sweep divides its work. */
export interface SweepShape {
  /** Rows of at most so many vec4s are short: one workgroup takes a pair, and a round is one dispatch instead of three. */
  readonly shortRow: number;
  /** Threads that find the rotation of a pair of longer rows. */
  readonly threads: number;
  /** Numbers of each of these rows that one thread turns: 2, 4 or 8. */
  readonly floats: number;
  /** Threads of a workgroup that turns these rows. */
  readonly turners: number;
  /** Whether the four threads of a quad exchange what they read of rotations. */
  readonly inQuads: boolean;
}

/** How the sweeps of a small matrix divide their work. */
export interface SmallJacobiLimits {
  /**
   * Threads that share a pair of rows. With a vec4 each, 8 of them read all 32 banks of workgroup memory at once. The 32
   * pairs of 64 rows then make 256 threads, which every device allows. A CPU runs few threads at once. There each thread
   * has pairs of its own, and turns them without waiting for others.
   */
  readonly sharers: number;
  /** vec4 columns that a thread loads before it uses the first, at most. */
  readonly columns: number;
  /** Bytes of workgroup memory at most. SwiftShader takes seconds to compile more than WebGPU's default. */
  readonly mostBytes: number;
}

/** How a QR divides its work. */
export interface ReflectorShape {
  /** Rows of a panel, at most 32. They are factored together, and their reflectors are applied together. */
  readonly panel: number;
  /** Rows that a workgroup reflects together, or each of its threads. */
  readonly rows: number;
  /**
   * Who shares a read of a reflector: all threads of a workgroup, which take these rows together; or the four threads of a
   * quad, each of which has `rows` rows of its own and reads one reflector of four. The latter needs the feature "subgroups".
   */
  readonly sharing: "workgroup" | "quad";
  /** Reflectors whose products with these rows a thread sums at once. */
  readonly group: number;
  /** Reflectors that it subtracts from these rows at once. A GPU has no registers for the factors of a whole panel. */
  readonly subtracted: number;
  /** Threads that reflect them. */
  readonly threads: number;
  /** Threads that factor a panel. */
  readonly panelThreads: number;
  /** Groups of a workgroup's threads. The groups share the rows or the reflectors; the threads of a group, the columns. */
  readonly parts: number;
}

/** How kernels divide their work on a kind of adapter. */
interface Shapes {
  /** Threads of a workgroup that share one or a few rows. */
  readonly rowThreads: number;
  readonly reflectors: ReflectorShape;
  readonly sweep: SweepShape;
  /** The panel of a product with few runs. */
  readonly panel: PanelShape;
  /** Columns of a stored matrix that a thread of a panel reads at once, where its rows are whole vec4s. */
  readonly panelEntry: 1 | 4;
  /** Workgroups of a transposed product, each of which writes a partial sum: as many as keep the device busy. */
  readonly shareGroups: number;
  /** The tile of a product with many runs. */
  readonly tile: TileShape;
  /** Workgroups of such a product that keep the device busy. Where there are fewer tiles, each is cut into strips. */
  readonly tileGroups: number;
  readonly scan: ScanShape;
  readonly smallJacobi: SmallJacobiLimits;
}

/** For all CPUs, which have few cores. */
const cpu = {
  shareGroups: 16,
  tileGroups: 8,
  scan: { threads: 8, items: 64, spineThreads: 16, isGrouped: false },
  smallJacobi: { sharers: 1, columns: 1, mostBytes: 2 ** 14 },
};

/**
 * A GPU needs many threads and workgroups, and has few registers for each.
 *
 * SwiftShader runs 4 threads at once. Every further 4 cost as much as hundreds of reads: it clears workgroup memory again
 * for them, and switches fibres at each barrier. A read costs as much as 8 products there. Large panels are therefore
 * faster, although their sums do not stay in registers: 8 runs are faster than 4 or 16. A vec4 is read as four numbers, and
 * its products need more registers than there are: a step at 512² takes 2.1 ms by numbers and 2.8 ms by vec4s.
 *
 * Lavapipe runs 8 threads at once, and LLVM compiles code with many live values slowly: on one core 6.6 s for `apply-
 * rotation` with 8 columns (4 columns: 1.8 s), 3 s for `apply-reflectors` with 8 rows × 8 reflectors (4 rows: 2 s), minutes
 * for `gradient` with 16 rows × 8 runs (8 × 4: 1.3 s, 4 × 4: 0.7 s). The small shapes are as fast as SwiftShader's (on one
 * core, without quads, an SVD of 256²: 0.77 s and 0.78 s; 100 steps at 512²: 0.22 s and 0.24 s). With 4 threads that SVD
 * takes 1.14 s, with 16 it takes 1.04 s. With `pair-turn`, whose workgroups have 256 threads, it takes 2.1 times as long.
 *
 * A software adapter without a name may be SwiftShader. It compiles these shapes in at most 1.2 s each and takes 2.1 s for
 * that SVD, as with 4 threads.
 */
const shapes: Record<AdapterKind, Shapes> = {
  gpu: {
    rowThreads: 64,
    sweep: { shortRow: 256, threads: 256, floats: 2, turners: 64, inQuads: false },
    reflectors: {
      panel: 32,
      rows: 4,
      group: 4,
      subtracted: 8,
      threads: 64,
      panelThreads: 256,
      parts: 4,
      sharing: "workgroup",
    },
    panel: { rows: 4, runs: 4, threads: 128 },
    panelEntry: 4,
    shareGroups: 256,
    tile: { rows: 4, runs: 4, threads: 64, sharing: "workgroup" },
    tileGroups: 256,
    scan: { threads: 64, items: 16, spineThreads: 256, isGrouped: true },
    smallJacobi: { sharers: 8, columns: 4, mostBytes: Number.POSITIVE_INFINITY },
  },
  software: {
    ...cpu,
    rowThreads: 8,
    sweep: { shortRow: 0, threads: 8, floats: 4, turners: 16, inQuads: false },
    reflectors: {
      panel: 8,
      rows: 4,
      group: 8,
      subtracted: 8,
      threads: 8,
      panelThreads: 8,
      parts: 1,
      sharing: "workgroup",
    },
    panel: { rows: 4, runs: 4, threads: 8 },
    panelEntry: 4,
    tile: { rows: 4, runs: 4, threads: 8, sharing: "none" },
  },
  swiftshader: {
    ...cpu,
    rowThreads: 4,
    sweep: { shortRow: 0, threads: 4, floats: 8, turners: 16, inQuads: false },
    reflectors: {
      panel: 16,
      rows: 8,
      group: 8,
      subtracted: 16,
      threads: 4,
      panelThreads: 4,
      parts: 1,
      sharing: "workgroup",
    },
    panel: { rows: 16, runs: 8, threads: 4 },
    panelEntry: 1,
    tile: { rows: 16, runs: 16, threads: 4, sharing: "none" },
  },
};

/**
 * For CPUs whose threads exchange numbers within a quad. A step at 512² with 64 runs takes 6.5 ms on lavapipe and 22 ms on
 * SwiftShader. With threads that share nothing it takes 13 ms and 34 ms, each in its best shape. SwiftShader reads a vec4
 * of a buffer number by number, with a branch for each thread, and a texel at once: without textures the step takes 31 ms.
 * A QR of 256 rows of 8192 takes 0.84 s on SwiftShader, and one of 256 rows of 16384 takes 0.42 s on lavapipe. Without quads
 * they take 1.20 s and 0.70 s. The rounds of a sweep at 256² take 33 ms on lavapipe and 105 ms on SwiftShader instead of
 * 53 ms and 152 ms, of CPU time with U and V.
 */
const quads: Partial<Record<AdapterKind, Pick<Shapes, "tile" | "reflectors" | "sweep">>> = {
  software: {
    tile: { rows: 4, runs: 8, threads: 8, sharing: "quad" },
    sweep: { ...shapes.software.sweep, inQuads: true },
    reflectors: {
      panel: 16,
      rows: 4,
      group: 16,
      subtracted: 16,
      threads: 8,
      panelThreads: 8,
      parts: 1,
      sharing: "quad",
    },
  },
  swiftshader: {
    tile: { rows: 4, runs: 16, threads: 4, sharing: "quad", isTextured: true },
    sweep: { ...shapes.swiftshader.sweep, inQuads: true },
    reflectors: {
      panel: 16,
      rows: 4,
      group: 16,
      subtracted: 16,
      threads: 4,
      panelThreads: 4,
      parts: 1,
      sharing: "quad",
    },
  },
};

/** Shapes of kernels that suit one GPU and not another. A part that is left out takes the shape of its kind of adapter. */
export type Tuning = {
  /** The rounds of a Jacobi sweep over rows of up to 1024 numbers. Default on a GPU: "one kernel". */
  readonly sweep?: "one kernel" | "three kernels";
  /** The QR before the sweeps. Default on a GPU: "panels of 32". */
  readonly qr?: "panels of 32" | "panels of 16";
  /** Products of a matrix with fewer than 16 vectors: threads of a workgroup. Default on a GPU: "128 threads". */
  readonly products?: "64 threads" | "128 threads" | "256 threads";
};

export type TunedPart = keyof Tuning;

type Alternatives = { readonly [P in TunedPart]-?: Readonly<Record<NonNullable<Tuning[P]>, Partial<Shapes>>> };

const { gpu } = shapes;
const alternatives: Alternatives = {
  sweep: {
    "one kernel": { sweep: gpu.sweep },
    "three kernels": { sweep: { ...gpu.sweep, shortRow: 0 } },
  },
  qr: {
    "panels of 32": { reflectors: gpu.reflectors },
    "panels of 16": { reflectors: { ...gpu.reflectors, panel: 16 } },
  },
  products: {
    "64 threads": { panel: { ...gpu.panel, threads: 64 } },
    "128 threads": { panel: gpu.panel },
    "256 threads": { panel: { ...gpu.panel, threads: 256 } },
  },
};

export const tunedParts = Object.keys(alternatives) as readonly TunedPart[];

/** The names of the shapes that a part may have. */
export function shapeNames<P extends TunedPart>(part: P): readonly NonNullable<Tuning[P]>[] {
  return Object.keys(alternatives[part]) as NonNullable<Tuning[P]>[];
}

export function shapesOf({ device, tuning = {} }: { readonly device: GPUDevice; readonly tuning?: Tuning }): Shapes {
  const told = tunedParts.map((part) => {
    const names: Readonly<Record<string, Partial<Shapes>>> = alternatives[part];
    return names[tuning[part] ?? ""];
  });
  const kind = adapterKind(device);
  return Object.assign({}, shapes[kind], device.features.has("subgroups") ? quads[kind] : {}, ...told);
}
