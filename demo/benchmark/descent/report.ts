import type { Report } from "../report.ts";
import type { StepTiming } from "../step-timing.ts";
import type { Task } from "./libraries.ts";

/** Steps after which the weights are held against the reference. */
export const CHECKED_STEPS = 10;

export interface DescentReport extends Report<Task, StepTiming> {
  readonly benchmark: "descent";
}
