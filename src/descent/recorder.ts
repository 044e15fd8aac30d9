import { keepWeights, loss } from "../../shaders/loss.ts";
import { FLOAT32_MAX } from "../checks/float32.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, mapSpan, type Span, words } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { type LinearOperator, productsOf } from "../operator/linear-operator.ts";
import { unwatched } from "../operator/products.ts";

/** What a recorder looks at: samples and their targets, and the units in which their residuals are about 1. */
export interface Recorded {
  readonly matrix: LinearOperator;
  /** runs × rows. */
  readonly targets: Float32Array<ArrayBuffer>;
  /** runs. */
  readonly units: Float32Array<ArrayBuffer>;
}

/** Which record's weights to keep: none, the one of least loss, or the first with a loss below a bound. */
export type Keeping = "none" | "least" | { readonly firstBelow: number };

/** A loss curve on the GPU. */
export interface Recorder {
  /** The commands that take the residuals, and those that record their loss. */
  readonly measuring: readonly Step[];
  readonly recording: readonly Step[];
  /** The commands that bring `predictions` to the weights: runs × rows, A·w. */
  readonly predicting: readonly Step[];
  readonly predictions: Span<Float32Array>;
  /** Mean squared residuals: `records` × runs. */
  losses(records: number): Span<Float64Array>;
  /** runs: the record whose weights are kept, from 0; −1 where none is. */
  readonly kept: Span<Int32Array>;
  /** runs × cols, zeros where none is kept; none at all where nothing is to be kept. */
  readonly keptWeights: Span<Float32Array>;
}

/** Records the mean square of A·w − y for each run's weights w, at most `records` times. */
export async function prepareRecorder(
  gpu: Gpu,
  { matrix, targets, units }: Recorded,
  { runs, records, keeping }: { runs: number; records: number; keeping: Keeping },
) {
  const { rows, cols } = matrix;
  const [residual, record, keep] = await Promise.all([
    productsOf(gpu, matrix, runs).residual(),
    loss.on(gpu),
    keepWeights.on(gpu),
  ]);
  const unitOf = (run: number) => units[run] as number;
  const bounds = Float32Array.from({ length: runs }, (_, run) => {
    if (keeping === "none") return 0;
    return keeping === "least" ? FLOAT32_MAX : keeping.firstBelow / unitOf(run) ** 2;
  });
  return (arena: Arena, weights: GPUBuffer): Recorder => {
    const buffers = {
      residuals: arena.storage("recorded residuals", runs * rows * 4),
      scales: arena.upload(
        "1/units",
        units.map((unit) => 1 / unit),
      ),
      recorded: arena.storage("recorded", runs * 4),
      losses: arena.storage("losses", records * runs * 4),
      bounds: arena.upload("bounds", bounds),
      kept: arena.storage("kept", runs * 4),
      keep: arena.storage("keep", runs * 4),
    };
    const keptWeights = arena.storage("kept weights", keeping === "none" ? 0 : runs * cols * 4);
    const watch = unwatched(arena, runs);
    const against = (targets: GPUBuffer, output: GPUBuffer) =>
      residual(arena, { input: weights, targets, output, ...watch });
    const predictions = arena.storage("predictions", runs * rows * 4);
    const zeros = arena.storage("zeros", runs * rows * 4);
    const recording = record(arena, { ...buffers, rows, runs, keep_first: typeof keeping === "object" ? 1 : 0 });
    const keeper = keep(arena, { cols, runs, weights, keep: buffers.keep, kept: keptWeights });
    return {
      measuring: against(arena.upload("recorded targets", targets), buffers.residuals),
      predicting: against(zeros, predictions),
      predictions: floats(predictions, runs * rows),
      recording: [recording, ...(keeping === "none" ? [] : keeper)],
      losses: (records) =>
        mapSpan(floats(buffers.losses, records * runs), (losses) =>
          Float64Array.from(losses, (value, i) => value * unitOf(i % runs) ** 2),
        ),
      kept: mapSpan(words(buffers.kept, runs), (kept) => Int32Array.from(kept, (record) => record - 1)),
      keptWeights: floats(keptWeights, keeping === "none" ? 0 : runs * cols),
    };
  };
}
