import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { readBack } from "../gpu/read-back.ts";
import type { LinearOperator } from "../operator/linear-operator.ts";
import { createWalk } from "./create-walk.ts";
import type { DescentOptions } from "./descent-options.ts";
import { DescentSchedule } from "./descent-schedule.ts";
import { throwIfDiverged } from "./divergence.ts";
import { type Descent, readDescent } from "./result.ts";
import { planRuns } from "./runs.ts";
import { measureStart } from "./start.ts";
import { stateOf, stateSpans, writeState } from "./state.ts";
import { createRecorders, requireStopping } from "./stopping.ts";

/**
 * Minimises ½‖Aw − y‖² by `iterations` steps of all runs at once. A run has diverged where an entry of its residual exceeds
 * its limit (`residualLimits`); no run whose method is stable on A does that.
 * @throws DivergedError with the step at which the first run diverged.
 */
export async function descend(
  gpu: Gpu,
  a: LinearOperator,
  y: ArrayLike<number>,
  options: DescentOptions,
): Promise<Descent> {
  const plan = planRuns(a, y, options, gpu.memory);
  const { signal, onProgress, basis, stopping, resume, onAbort } = options;
  const methods = plan.methods.map(({ name }) => name);
  if (stopping) requireStopping(stopping, a.cols, plan.runs);

  return gpu.withArena(async (arena) => {
    const start = await measureStart(gpu, arena, a, plan, options);
    const walk = await createWalk(gpu, arena, start, plan.methods, basis);
    if (resume) await gpu.guard("descend", () => writeState(gpu, walk, resume));
    const recorders = await createRecorders(gpu, arena, start, plan, stopping);
    const { training, judging } = recorders;
    const schedule = new DescentSchedule(walk, new Set([training, judging]), plan.recordAt, plan.from);
    const standing = () => {
      return { methods, rows: a.rows, cols: a.cols, iterations: schedule.reached, limits: start.limits };
    };
    try {
      do {
        walk.load(schedule.reached);
        await execute(gpu, schedule.upTo(Math.min(plan.iterations, schedule.reached + walk.loaded)), {
          signal,
          looks: [walk.diverged, judging.kept],
          reached: () => schedule.reached,
          onSteps: (reached, [diverged, kept]) => {
            throwIfDiverged(diverged, plan.methods);
            if (stopping?.rule === "discrepancy") schedule.ended = kept.every((at) => at >= 0);
            const steps = Math.max(1, plan.iterations - plan.from);
            onProgress?.({ stage: methods.join(", "), fraction: (reached - plan.from) / steps });
          },
        });
      } while (schedule.reached < plan.iterations && !schedule.ended);
    } catch (error) {
      if (onAbort && signal?.aborted && error === signal.reason) {
        onAbort(stateOf(await readBack(gpu, stateSpans(walk)), standing()));
      }
      throw error;
    }
    await execute(gpu, start.residuals.predicting);
    return readDescent(gpu, { start, plan, walk, schedule, recorders, stopping, standing: standing() });
  });
}
