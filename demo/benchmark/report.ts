import type { Accuracy } from "./accuracy.ts";
import type { Task } from "./libraries.ts";
import type { Timing } from "./timing.ts";

export const sizes: readonly number[] = [32, 64, 128, 256, 512, 1024];

/** Below it the fixed cost of a call bends the power law. */
export const EXPONENT_FROM = 128;

export interface Measured extends Timing, Accuracy {
  readonly sweeps?: number;
}

/** One library, task and size: what was measured, or why it could not be. */
export type Measurement = { readonly library: string; readonly task: Task; readonly n: number } & (
  | Measured
  | { readonly failure: string }
);

/** Plain data, as JSON carries it. */
export interface SvdReport {
  readonly benchmark: "svd";
  readonly adapter: string;
  readonly software: boolean;
  readonly date: string;
  readonly matrix: string;
  /** By library, the largest n at which each task is measured. */
  readonly bounds: Readonly<Record<string, Partial<Record<Task, number>>>>;
  readonly measurements: readonly Measurement[];
  /** p of nᵖ, fitted to this engine's median times from n = 128 on; null for less than two sizes. */
  readonly exponents: Readonly<Record<Task, number | null>>;
}
