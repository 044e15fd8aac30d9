import { keepWeights, loss } from "../../shaders/loss.ts";
import { FLOAT32_MAX } from "../checks/float32.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { floats, mapSpan, type Span, words } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import type { Products, WatchBuffers } from "../operator/products.ts";

/** The residuals A·w − y of all runs on one set of samples. */
export interface Residuals {
  readonly rows: number;
  /** runs × rows: y. */
  readonly targets: GPUBuffer;
  /** runs × rows: A·w − y after `steps`, A·w after `predicting`. */
  readonly buffer: GPUBuffer;
  /** The commands that compute A·w − y for the present weights. */
  readonly steps: readonly Step[];
  /** The commands that compute A·w. They clear the targets, so that no residual can follow. */
  readonly predicting: readonly Step[];
}

/** Residuals from the encoder that `Products.residual` gives, with the weights in a buffer of runs × cols. */
export function createResiduals(
  arena: Arena,
  residual: Awaited<ReturnType<Products["residual"]>>,
  of: {
    readonly rows: number;
    readonly runs: number;
    readonly targets: Float32Array<ArrayBuffer>;
    readonly weights: GPUBuffer;
    readonly watch: WatchBuffers;
  },
): Residuals {
  const targets = arena.upload("targets", of.targets);
  const buffer = arena.storage("residuals", of.runs * of.rows * 4);
  const steps = residual(arena, { input: of.weights, targets, output: buffer, ...of.watch });
  return { rows: of.rows, targets, buffer, steps, predicting: [{ kind: "clear", buffer: targets }, ...steps] };
}

/** Which record's weights are kept: none, those of the least loss, or the first with a loss below a bound. */
export type Keeping = "none" | "least" | { readonly firstBelow: number };

/** A loss curve on the GPU. */
export interface Recorder {
  /** The commands that add the loss of the present weights. */
  readonly recording: readonly Step[];
  /** records × runs: mean squared residuals. */
  losses(records: number): Span<Float64Array>;
  /** runs: the index of the record whose weights are kept, from 0; −1 where none is kept. */
  readonly kept: Span<Int32Array>;
  /** runs × cols, zeros for a run of which none are kept; empty where `keeping` is "none". */
  readonly keptWeights: Span<Float32Array>;
}

/** What a recorder records. */
interface Recorded {
  /** runs × cols: w. */
  readonly weights: GPUBuffer;
  readonly cols: number;
  readonly residuals: Residuals;
  /** runs: a power of two near each run's residuals, the unit in which they are squared. */
  readonly units: Float32Array<ArrayBuffer>;
  /** The most records. */
  readonly records: number;
  readonly keeping: Keeping;
}

/** Recorders of mean squared residuals, and of the weights at one of the records. */
export async function prepareRecorder(gpu: Gpu, runs: number) {
  const [record, keep] = await Promise.all([loss.on(gpu), keepWeights.on(gpu)]);
  return (arena: Arena, { weights, cols, residuals, units, records, keeping }: Recorded): Recorder => {
    const unitOf = (run: number) => units[run] as number;
    const bounds = Float32Array.from({ length: runs }, (_, run) => {
      if (keeping === "none") return 0;
      return keeping === "least" ? FLOAT32_MAX : keeping.firstBelow / unitOf(run) ** 2;
    });
    const inverses = units.map((unit) => 1 / unit);
    const losses = arena.storage("losses", records * runs * 4);
    const kept = arena.storage("kept", runs * 4);
    const mark = arena.storage("keep", runs * 4);
    const keptCount = keeping === "none" ? 0 : runs * cols;
    const keptWeights = arena.storage("kept weights", keptCount * 4);
    const recording = record(arena, {
      rows: residuals.rows,
      runs,
      keep_first: typeof keeping === "object" ? 1 : 0,
      residuals: residuals.buffer,
      scales: arena.upload("1/units", inverses),
      recorded: arena.storage("recorded", runs * 4),
      losses,
      bounds: arena.upload("bounds", bounds),
      kept,
      keep: mark,
    });
    const keeper = keeping === "none" ? [] : keep(arena, { cols, runs, weights, keep: mark, kept: keptWeights });
    return {
      recording: [...residuals.steps, recording, ...keeper],
      losses: (count) =>
        mapSpan(floats(losses, count * runs), (values) =>
          Float64Array.from(values, (value, i) => value * unitOf(i % runs) ** 2),
        ),
      kept: mapSpan(words(kept, runs), (records) => Int32Array.from(records, (record) => record - 1)),
      keptWeights: floats(keptWeights, keptCount),
    };
  };
}
