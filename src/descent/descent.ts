import { toFloat32 } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { readBack } from "../gpu/read-back.ts";
import type { RunOptions } from "../gpu/schedule.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import type { Method } from "../theory/methods/method.ts";
import { largestOf } from "../theory/scale.ts";
import { NEVER, throwIfDiverged } from "./divergence.ts";
import { type Keeping, prepareRecorder, type Recorder } from "./recorder.ts";
import { countRows, type DescentRuns, planRuns, repeat } from "./runs.ts";
import { DescentSchedule } from "./schedule.ts";
import { measureStart, residualUnit } from "./start.ts";
import { type DescentState, stateOf, stateSpans, writeState } from "./state.ts";
import { requireStopping, type Stopped, type Stopping } from "./stopping.ts";
import type { Start, Walk } from "./walk.ts";
import { type Basis, createWalk } from "./walks.ts";

export interface DescentOptions extends RunOptions {
  /** α of plain gradient descent: one for all runs, or one a run. Stable below 2/σ₁²; 1/σ₁² is the iteration-efficient rate. */
  readonly learningRate?: number | ArrayLike<number>;
  /** Another optimiser of `methods`, in place of `learningRate`: one for all runs, or one a run where they are linear. */
  readonly method?: Method | readonly Method[];
  /** The SVD of A, or its leading triplets, where the method is preconditioned by them. */
  readonly basis?: Basis;
  /** q, the number of steps, those of a resumed run included. */
  readonly iterations: number;
  /** w to start from: M for all runs, or runs × M; zeros unless given. */
  readonly initialWeights?: ArrayLike<number>;
  /** A state to go on from, in place of initial weights. */
  readonly resume?: DescentState;
  /** Hears where a run stood that was aborted, unless it was before its first step. */
  readonly onAbort?: (state: DescentState) => void;
  /** Steps, ascending in 0 … q, after which the loss is recorded; `[q]` unless given. A resumed run skips those before it. */
  readonly recordAt?: readonly number[];
  /** Which recorded step to keep the weights of. */
  readonly stopping?: Stopping;
}

/** The end of a descent from all runs' starts. */
export interface Descent {
  /** runs × M. */
  readonly weights: Float32Array;
  /** runs × N: A·w. */
  readonly prediction: Float32Array;
  /** Steps of the loss curve, and the mean squared residual there: recordedAt.length × runs. */
  readonly recordedAt: readonly number[];
  readonly losses: Float64Array;
  /** The same on held-out samples, where there are any. */
  readonly heldOutLosses?: Float64Array;
  /** What the rule chose, where there is one. */
  readonly stopped?: Stopped;
  /** Where it stands: `resume` goes on from here. */
  readonly state: DescentState;
}

/**
 * Minimises ½‖Aw − y‖² by `iterations` steps of every run at once. A run diverges when an entry of its residual exceeds
 * `residualLimits`, which no run does whose method is stable on A.
 * @throws DivergedError with the step at which the first run diverged.
 */
export async function descend(
  gpu: Gpu,
  a: LinearOperator,
  y: ArrayLike<number>,
  options: DescentOptions,
): Promise<Descent> {
  const plan = planRuns(a, y, options, gpu.memory);
  const { signal, onProgress, stopping, resume, onAbort } = options;
  const names = plan.methods.map(({ name }) => name);
  const stage = names.join(", ");
  if (stopping) requireStopping(stopping, a.cols);

  return gpu.withArena(async (arena) => {
    const start = await measureStart(gpu, arena, a, plan, resume, signal);
    const walk = await createWalk(gpu, arena, a, plan, start, options.basis);
    if (resume) await gpu.guard("descend", () => writeState(gpu, walk, resume));
    const prepare = await Promise.all(prepareRecorders(gpu, a, plan, start, stopping));
    const recorders = await gpu.guard("descend", () => prepare.map((create) => create(arena, walk.weights)));
    const training = recorders[0] as Recorder;
    const judging = recorders.at(-1) as Recorder;

    const schedule = new DescentSchedule(walk, recorders, plan.recordAt, plan.from);
    const standing = () => ({
      methods: names,
      rows: a.rows,
      cols: a.cols,
      iterations: schedule.reached,
      limits: start.limits,
    });
    try {
      do {
        walk.load(schedule.reached);
        await execute(gpu, schedule.upTo(Math.min(plan.iterations, schedule.reached + walk.table)), {
          signal,
          looks: [walk.diverged, judging.kept],
          reached: () => schedule.reached,
          onSteps: (reached, [diverged, kept]) => {
            throwIfDiverged(diverged, plan.methods);
            if (stopping?.rule === "discrepancy") schedule.ended = kept.every((at) => at >= 0);
            const steps = Math.max(1, plan.iterations - plan.from);
            onProgress?.({ stage, fraction: (reached - plan.from) / steps });
          },
        });
      } while (schedule.reached < plan.iterations && !schedule.ended);
    } catch (error) {
      if (onAbort && signal?.aborted && error === signal.reason) {
        onAbort(stateOf(await readBack(gpu, stateSpans(walk)), standing()));
      }
      throw error;
    }
    await execute(gpu, training.predicting);
    return readDescent(gpu, { plan, start, schedule, walk, training, judging, stopping, standing: standing() });
  });
}

/** The recorder of the training loss, and behind it that of the held-out samples where there are any. */
function prepareRecorders(
  gpu: Gpu,
  a: LinearOperator,
  { runs, targets, recordAt }: DescentRuns,
  { units }: Start,
  stopping: Stopping | undefined,
): Promise<(arena: Arena, weights: GPUBuffer) => Recorder>[] {
  const records = recordAt.length;
  const training = (keeping: Keeping) =>
    prepareRecorder(gpu, { matrix: a, targets, units }, { runs, records, keeping });
  if (!stopping) return [training("none")];
  if (stopping.rule === "discrepancy") {
    const { noise, tau = 1.01 } = stopping;
    return [training({ firstBelow: (tau * noise) ** 2 })];
  }
  const { matrix, y } = stopping;
  const given = countRows("stopping.y", y.length, matrix.rows);
  for (const [what, count] of Object.entries({ "targets stopping.y": given, "held-out matrices": matrix.batch })) {
    if (count !== 1 && count !== runs) {
      throw new ArgumentError(`${count} ${what} given, 1 or as many as there are runs (${runs}) expected`);
    }
  }
  const heldOut = repeat(toFloat32("stopping.y", y), runs * matrix.rows);
  const own = residualUnit(largestOf(heldOut));
  const wider = units.map((unit) => Math.max(unit, own));
  return [
    training("none"),
    prepareRecorder(gpu, { matrix, targets: heldOut, units: wider }, { runs, records, keeping: "least" }),
  ];
}

/** Reads all that there is to tell, with one wait. */
async function readDescent(
  gpu: Gpu,
  {
    plan,
    start,
    schedule: { reached, recorded },
    walk,
    training,
    judging,
    stopping,
    standing,
  }: {
    plan: DescentRuns;
    start: Start;
    schedule: DescentSchedule;
    walk: Walk;
    training: Recorder;
    judging: Recorder;
    stopping: Stopping | undefined;
    standing: Omit<DescentState, "weights" | "buffers">;
  },
): Promise<Descent> {
  const { runs, targets } = plan;
  const [diverged, prediction, losses, heldOutLosses, kept, keptWeights, ...buffers] = await readBack(gpu, [
    walk.diverged,
    training.predictions,
    training.losses(recorded),
    judging.losses(recorded),
    judging.kept,
    judging.keptWeights,
    ...stateSpans(walk),
  ]);
  throwIfDiverged(diverged, plan.methods);
  const rows = targets.length / runs;
  const beyond = prediction.findIndex(
    (value, i) => !(Math.abs(value - (targets[i] as number)) <= (start.limits[Math.floor(i / rows)] as number)),
  );
  const faults = new Uint32Array(runs).fill(NEVER);
  if (beyond >= 0) faults[Math.floor(beyond / rows)] = reached;
  throwIfDiverged(faults, plan.methods);

  const state = stateOf(buffers, standing);
  const recordedAt = plan.recordAt.slice(0, recorded);
  const descent = { weights: state.weights, prediction, recordedAt, losses, state };
  if (!stopping) return descent;
  const stopped = { iterations: Array.from(kept, (record) => recordedAt[record]), weights: keptWeights };
  return { ...descent, stopped, ...(stopping.rule === "heldOut" && { heldOutLosses }) };
}
