import type { Report } from "../report.ts";
import type { Timing } from "../timing.ts";
import type { Accuracy } from "./accuracy.ts";
import type { Task } from "./libraries.ts";

/** Below it the fixed cost of a call bends the power law. */
export const EXPONENT_FROM = 128;

export interface SvdMeasured extends Timing, Accuracy {
  readonly sweeps?: number;
}

export interface SvdReport extends Report<Task, SvdMeasured> {
  readonly benchmark: "svd";
  /** p of nᵖ, fitted to this engine's median times from n = 128 on; null for less than two sizes. */
  readonly exponents: Readonly<Record<Task, number | null>>;
}
