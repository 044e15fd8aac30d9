import type { Span } from "../gpu/read-back.ts";
import type { Advance } from "./many-steps.ts";

/** A buffer of a walk's state, and how many 32-bit words it holds. */
export interface StateBuffer {
  readonly buffer: GPUBuffer;
  readonly words: number;
}

/** An optimiser on the GPU: its buffers and the schedule of its steps. */
export interface Walk {
  /** w, runs × cols. */
  readonly weights: GPUBuffer;
  /** All that its steps carry from one to the next, w included: with these it goes on where it was. */
  readonly state: readonly StateBuffer[];
  /** Steps that `load` prepares at once. */
  readonly table: number;
  /** Prepares steps from + 1 … from + table; called between submits. */
  load(from: number): void;
  /** The commands of the next `count` steps. */
  advance(count: number): Iterable<Advance>;
  /** For each run the first step after whose start its residual was beyond its limit, or NEVER. */
  readonly diverged: Span<Uint32Array>;
}

/** What every walk starts from. */
export interface Start {
  /** runs × cols. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** runs × rows. */
  readonly targets: GPUBuffer;
  /** runs × rows: A·w − y at these weights. */
  readonly residuals: Float32Array<ArrayBuffer>;
  /** runs: the largest |residual| that a run may show, and a power of two of about its size. */
  readonly limits: Float32Array<ArrayBuffer>;
  readonly units: Float32Array<ArrayBuffer>;
  /** A power of two of about σ₁. */
  readonly scale: number;
}
