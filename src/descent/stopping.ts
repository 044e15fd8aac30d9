import { toFloat32 } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import { productsOf } from "../operator/linear-operator.ts";
import { largestOf } from "../theory/scale.ts";
import type { Stopping } from "./descent-options.ts";
import { residualUnit } from "./divergence.ts";
import { createResiduals, type Keeping, prepareRecorder, type Recorder } from "./recorder.ts";
import { countRows, type DescentRuns, repeat, requireOneOrEach } from "./runs.ts";
import type { Start } from "./start.ts";

/** The recorders of a descent. */
export interface Recorders {
  /** Of the loss on A and y. */
  readonly training: Recorder;
  /** Of the loss by which the stopping rule chooses: the same recorder unless there are held-out samples. */
  readonly judging: Recorder;
}

/** @throws ArgumentError where the held-out samples do not fit A or the runs. */
export function requireStopping(stopping: Stopping, cols: number, runs: number): void {
  if (stopping.rule !== "heldOut") return;
  const { matrix, y } = stopping;
  if (matrix.cols !== cols) {
    throw new ArgumentError(
      `stopping.matrix: ${matrix.cols} columns given, ${cols} expected, as A has; its rows are other samples`,
    );
  }
  const given = countRows("stopping.y", y.length, matrix.rows);
  requireOneOrEach({ "targets stopping.y": given, "held-out matrices": matrix.batch }, runs);
}

/** The recorders that a descent with this stopping rule, or with none, needs. */
export async function createRecorders(
  gpu: Gpu,
  arena: Arena,
  start: Start,
  { recordAt }: Pick<DescentRuns, "recordAt">,
  stopping: Stopping | undefined,
): Promise<Recorders> {
  const { a, runs, weights, units, unwatched: watch } = start;
  const create = await prepareRecorder(gpu, runs);
  const common = { weights, cols: a.cols, records: recordAt.length };
  const onTraining = (keeping: Keeping) => create(arena, { ...common, residuals: start.residuals, units, keeping });
  if (stopping?.rule !== "heldOut") {
    const only = await gpu.guard("descend", () =>
      onTraining(stopping ? { firstBelow: meanSquareOf(stopping) } : "none"),
    );
    return { training: only, judging: only };
  }
  const { matrix, y } = stopping;
  const { rows } = matrix;
  const targets = repeat(toFloat32("stopping.y", y), runs * rows);
  const own = residualUnit(largestOf(targets));
  const wider = units.map((unit) => Math.max(unit, own));
  const residual = await productsOf(gpu, matrix, runs).residual();
  return gpu.guard("descend", () => {
    const residuals = createResiduals(arena, residual, { rows, runs, targets, weights, watch });
    return {
      training: onTraining("none"),
      judging: create(arena, { ...common, residuals, units: wider, keeping: "least" }),
    };
  });
}

/** (τ·δ)², below which a mean squared residual is within the noise. */
function meanSquareOf({ noise, tau = 1.01 }: Extract<Stopping, { rule: "discrepancy" }>): number {
  return (tau * noise) ** 2;
}
