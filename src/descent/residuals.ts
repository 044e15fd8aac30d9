import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import type { Products, WatchBuffers } from "../operator/products.ts";

/** The residuals A·w − y of all runs on one set of samples. */
export interface Residuals {
  readonly rows: number;
  /** runs × rows: y. */
  readonly targets: GPUBuffer;
  /** runs × rows: A·w − y after `steps`, A·w after `predicting`. */
  readonly buffer: GPUBuffer;
  /** The commands that compute A·w − y for the weights at the time. */
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
