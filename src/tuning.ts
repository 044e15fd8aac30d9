/** Which shapes of kernels are fastest on a GPU, by a short measurement. */
import { shapeNames, type TunedPart, type Tuning, tunedParts } from "./adapter/shapes.ts";
import { adapterKind } from "./gpu/device.ts";
import { candidateOf, fastestOf } from "./gpu/fastest-of.ts";
import type { Gpu } from "./gpu/gpu.ts";
import { Matrix } from "./gpu/matrix.ts";
import type { Arena } from "./gpu/memory.ts";
import type { Step } from "./gpu/schedule.ts";
import { productsOf } from "./operator/linear-operator.ts";
import { unwatched } from "./operator/products.ts";
import { prepareLongQr } from "./svd/long-qr.ts";
import { prepareSweep } from "./svd/sweep.ts";
import { rowLayout, workingBytes, workingLayout } from "./svd/working-matrix.ts";
import { createRandom } from "./theory/random.ts";

/** Rows and columns of the matrix that each part works on. */
const SIZES: Readonly<Record<TunedPart, number>> = { sweep: 128, qr: 128, products: 1024 };

/** The work of each part, on `size` × `size` numbers. */
const works: Readonly<Record<TunedPart, (gpu: Gpu, arena: Arena, size: number) => Promise<readonly Step[]>>> = {
  async sweep(gpu, arena, size) {
    const layout = workingLayout(size, size, 1, false);
    const sweepOf = await prepareSweep(gpu, layout);
    const rows = await gpu.guard("tuning", () => arena.upload("rows", noise(workingBytes(layout) / 4)));
    return gpu.guard("tuning", () => sweepOf(arena, rows, layout, 0).steps); // with a tolerance of 0 no pair is skipped
  },
  async qr(gpu, arena, size) {
    const layout = rowLayout(size, size, 1, false);
    const factor = await prepareLongQr(gpu);
    return gpu.guard("tuning", () => {
      const rows = arena.upload("rows", noise(workingBytes(layout) / 4));
      return factor(arena, rows, layout, true).steps;
    });
  },
  async products(gpu, arena, size) {
    const buffer = await gpu.guard("tuning", () => arena.upload("matrix", noise(size ** 2)));
    const gradient = await productsOf(
      gpu,
      Matrix.create(gpu, { rows: size, cols: size, batch: 1, buffer }),
      1,
    ).gradient();
    return gpu.guard("tuning", () => {
      const input = arena.upload("input", noise(size));
      const targets = arena.storage("targets", 4 * size);
      return gradient(arena, { input, targets, ...unwatched(arena, 1) }).steps;
    });
  },
};

/** Numbers between −½ and ½. */
function noise(count: number): Float32Array<ArrayBuffer> {
  const { uniform } = createRandom(1);
  return Float32Array.from({ length: count }, () => uniform() - 0.5);
}

/** The fastest shapes that were measured, by adapter. */
const measured = new Map<string, Promise<Tuning>>();

/**
 * The fastest shape of each part on this adapter, measured once for each adapter. A software adapter keeps its own
 * shapes, because it takes seconds to compile others.
 */
export function measureTuning(gpu: Gpu): Promise<Tuning> {
  if (adapterKind(gpu.device) !== "gpu") return Promise.resolve({});
  const { vendor, architecture, device, description } = gpu.device.adapterInfo;
  const key = JSON.stringify([vendor, architecture, device, description]);
  const known = measured.get(key) ?? fastestShapes(gpu);
  measured.set(key, known);
  known.catch(() => measured.delete(key));
  return known;
}

async function fastestShapes(gpu: Gpu): Promise<Tuning> {
  const { latency } = await gpu.answering();
  const tuning: Record<string, string> = {};
  for (const part of tunedParts) {
    tuning[part] = await gpu.withArena(async (arena) => {
      const candidates = await Promise.all(
        shapeNames(part).map(async (name) => {
          const steps = await works[part](gpu.tuned({ [part]: name }), arena, SIZES[part]);
          return candidateOf(gpu, name as string, steps);
        }),
      );
      return fastestOf(candidates, { latency, now: () => performance.now() });
    });
  }
  return tuning;
}
