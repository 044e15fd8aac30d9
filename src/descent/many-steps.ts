import type { Gpu } from "../gpu/gpu.ts";
import type { Step } from "../gpu/schedule.ts";
import { stepWork } from "../gpu/workgroups.ts";

/** A command of an iteration, and how many of its steps are complete when it has run. */
export interface Advance {
  readonly command: Step;
  readonly completes: number;
}

/** What a step's barriers cost at least, and the most steps of a dispatch: on a GPU they wait 1 to 3 µs for each other. */
const STEP_WORK = 2 ** 7;
const MOST_STEPS = 2 ** 12;

/** A step of several commands, between which an aborted schedule is not left. */
export function wholeStep(commands: readonly Step[]): readonly Advance[] {
  return commands.map((command, i) => ({
    command: i > 0 && command.kind === "dispatch" ? { ...command, within: true } : command,
    completes: i === commands.length - 1 ? 1 : 0,
  }));
}

/**
 * Any number of steps of a kernel that takes many in a dispatch: dispatches of 1, 2, 4 … steps, each bound once, up to
 * what one may last. `each` is a step's multiply–adds; `encode` makes the dispatches of so many steps each, and work.
 */
export function dispatchesOfSteps(
  gpu: Gpu,
  each: number,
  encode: (dispatches: readonly { readonly steps: number; readonly work: number }[]) => readonly Step[],
): (count: number) => Iterable<Advance> {
  // A tenth of what a dispatch may hold: one of few runs keeps few cores busy.
  const fitting = Math.min(MOST_STEPS, stepWork(gpu.device) / (each + STEP_WORK) / 10);
  const sizes = Math.max(1, Math.floor(Math.log2(fitting)) + 1);
  const dispatches = Array.from({ length: sizes }, (_, i) => ({ steps: 2 ** i, work: 2 ** i * (each + STEP_WORK) }));
  const powers = encode(dispatches).map((command, i): Advance => ({ command, completes: 2 ** i }));
  return function* (count) {
    for (let left = count; left > 0; ) {
      const size = Math.min(sizes - 1, Math.floor(Math.log2(left)));
      yield powers[size] as Advance;
      left -= 2 ** size;
    }
  };
}
