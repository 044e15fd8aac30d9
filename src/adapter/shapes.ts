import type { PanelShape } from "../../shaders/shared/panel.ts";
import { type AdapterKind, adapterKind } from "../gpu/device.ts";

/** Threads of a workgroup, the sources that each scans in a row, and the threads that scan the segments of a run. */
export interface ScanShape {
  readonly threads: number;
  readonly items: number;
  readonly spineThreads: number;
}

/** How kernels divide their work on a kind of adapter. */
export interface Shapes {
  /** Threads of a workgroup that share one or a few rows. */
  readonly rowThreads: number;
  /** Rows that a workgroup reflects together. */
  readonly reflectorRows: number;
  /** vec4 columns of a pair's rows that one thread turns. */
  readonly rotationColumns: number;
  /** The panel of a product, and the threads that take it. */
  readonly panel: PanelShape & { readonly threads: number };
  /** Workgroups that leave a share each of a transposed product, as many as fill the device. */
  readonly shareGroups: number;
  readonly scan: ScanShape;
}

/** What holds on every CPU: few cores to fill. */
const cpu = { shareGroups: 16, scan: { threads: 8, items: 64, spineThreads: 16 } };

/**
 * A GPU wants many threads and workgroups, and no more in registers than it has.
 *
 * SwiftShader runs 4 threads at once, and every 4 more cost as much as hundreds of reads: their workgroup memory is
 * cleared anew, and each barrier changes fibres. A read costs as much as 8 products there, so that large panels pay,
 * though their sums are spilled: 8 runs are faster than 4 or 16.
 *
 * Lavapipe runs 8 threads at once, and LLVM takes long over code with many values alive: on one core 6.6 s for
 * `apply-rotation` with 2 columns (1 column: 1.8 s) and for `apply-reflectors` with 16 rows (4 rows: 2.1 s), minutes for
 * `gradient` with 16 rows × 8 runs (8 × 4: 1.3 s, 4 × 4: 0.7 s). The small shapes cost nothing in speed (one core's time
 * of an SVD of 256²: 0.77 s, 0.78 s with SwiftShader's; of 100 steps at 512²: 0.22 s, 0.24 s) except with many runs (10
 * steps at 512² of 64: 0.73 s, 0.40 s). 4 threads take 1.14 s over that SVD, 16 take 1.04 s.
 *
 * A software adapter without a name may be SwiftShader, which compiles these shapes in at most 1.2 s each and takes 2.1 s
 * over that SVD, as with 4 threads.
 */
const shapes: Record<AdapterKind, Shapes> = {
  gpu: {
    rowThreads: 64,
    reflectorRows: 4,
    rotationColumns: 1,
    panel: { rows: 4, runs: 4, threads: 128 },
    shareGroups: 512,
    scan: { threads: 64, items: 16, spineThreads: 256 },
  },
  software: {
    ...cpu,
    rowThreads: 8,
    reflectorRows: 4,
    rotationColumns: 1,
    panel: { rows: 4, runs: 4, threads: 8 },
  },
  swiftshader: {
    ...cpu,
    rowThreads: 4,
    reflectorRows: 16,
    rotationColumns: 2,
    panel: { rows: 16, runs: 8, threads: 4 },
  },
};

export function shapesOf(device: GPUDevice): Shapes {
  return shapes[adapterKind(device)];
}
