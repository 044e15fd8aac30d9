import type { Gpu } from "../gpu/gpu.ts";
import { floats, readBack } from "../gpu/read-back.ts";
import type { DescentOptions } from "./descent-options.ts";
import type { DescentSchedule } from "./descent-schedule.ts";
import { NEVER, throwIfDiverged } from "./divergence.ts";
import type { DescentRuns } from "./runs.ts";
import type { Start } from "./start.ts";
import { type DescentState, type Standing, stateOf, stateSpans } from "./state.ts";
import type { Recorders } from "./stopping.ts";
import type { Walk } from "./walk.ts";

/** The end of a descent of all runs, in arrays on the host. */
export interface Descent {
  /** runs × M: w after the last step. */
  readonly weights: Float32Array;
  /** runs × N: A·w. */
  readonly prediction: Float32Array;
  /** The numbers of the steps after which the loss was recorded, ascending. */
  readonly recordedAt: readonly number[];
  /** recordedAt.length × runs: the mean squared residual ‖A·w − y‖²/N. */
  readonly losses: Float64Array;
  /** recordedAt.length × runs: the same on the held-out samples; only with the rule "heldOut". */
  readonly heldOutLosses?: Float64Array;
  /** The steps that the stopping rule chose; only where there is one. */
  readonly stopped?: Stopped;
  /** What `resume` takes to continue this descent. */
  readonly state: DescentState;
}

/** The steps that a stopping rule chose. */
export interface Stopped {
  /** runs: the number of the step, or undefined where no recorded step met the rule. */
  readonly iterations: readonly (number | undefined)[];
  /** runs × M: w after that step; zeros where there is none. */
  readonly weights: Float32Array;
}

/**
 * Reads the result, with one wait.
 * @throws DivergedError where a residual is beyond its limit.
 */
export async function readDescent(
  gpu: Gpu,
  {
    start,
    plan,
    walk,
    schedule: { reached, recorded },
    recorders: { training, judging },
    stopping,
    standing,
  }: {
    readonly start: Start;
    readonly plan: DescentRuns;
    readonly walk: Walk;
    readonly schedule: DescentSchedule;
    readonly recorders: Recorders;
    readonly stopping: DescentOptions["stopping"];
    readonly standing: Standing;
  },
): Promise<Descent> {
  const { runs, targets, methods } = plan;
  const [diverged, prediction, losses, heldOutLosses, kept, keptWeights, ...buffers] = await readBack(gpu, [
    walk.diverged,
    floats(start.residuals.buffer, targets.length),
    training.losses(recorded),
    judging.losses(recorded),
    judging.kept,
    judging.keptWeights,
    ...stateSpans(walk),
  ]);
  throwIfDiverged(diverged, methods);
  const rows = targets.length / runs;
  const beyond = prediction.findIndex(
    (value, i) => !(Math.abs(value - (targets[i] as number)) <= (start.limits[Math.floor(i / rows)] as number)),
  );
  const faults = new Uint32Array(runs).fill(NEVER);
  if (beyond >= 0) faults[Math.floor(beyond / rows)] = reached;
  throwIfDiverged(faults, methods);

  const state = stateOf(buffers, standing);
  const recordedAt = plan.recordAt.slice(0, recorded);
  const descent = { weights: state.weights, prediction, recordedAt, losses, state };
  if (!stopping) return descent;
  const stopped = { iterations: Array.from(kept, (record) => recordedAt[record]), weights: keptWeights };
  return { ...descent, stopped, ...(stopping.rule === "heldOut" && { heldOutLosses }) };
}
