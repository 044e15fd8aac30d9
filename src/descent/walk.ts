import type { Gpu } from "../gpu/gpu.ts";
import type { Span } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { stepWork } from "../gpu/workgroups.ts";

/** An optimiser on the GPU. Its steps change the weights of the `Start` that it was made from. */
export interface Walk {
  /** All that a step leaves to the next, w first. A walk whose buffers get these contents continues from there. */
  readonly state: readonly StateBuffer[];
  /** How many steps one `load` prepares. */
  readonly loaded: number;
  /** Prepares the steps from + 1 … from + loaded. It is called between submits. */
  load(from: number): void;
  /** The commands of the next `count` steps. */
  advance(count: number): Iterable<Advance>;
  /** runs: how many steps were done when a residual first exceeded its limit, or NEVER. */
  readonly diverged: Span<Uint32Array>;
}

interface StateBuffer {
  readonly buffer: GPUBuffer;
  /** How many 32-bit words it holds. */
  readonly words: number;
}

/** A command of a walk, and how many of its steps are complete after it. */
export interface Advance {
  readonly command: Step;
  readonly completes: number;
}

/** One step that takes several commands. An abort does not end the schedule between them. */
export function wholeStep(commands: readonly Step[]): readonly Advance[] {
  return commands.map((command, i) => ({
    command: i > 0 ? { ...command, within: true } : command,
    completes: i === commands.length - 1 ? 1 : 0,
  }));
}

/** Multiply–adds that take as long as the barriers of a step, which on a GPU is 1 to 3 µs. */
const STEP_WORK = 2 ** 7;
/** The most steps of a dispatch. */
const MOST_STEPS = 2 ** 12;

/**
 * Any number of steps of a kernel that takes many in one dispatch: there are dispatches of 1, 2, 4 … steps, up to the longest
 * allowed, each of which is bound once. A step has `each` multiply–adds; `encode` makes the dispatches.
 */
export function dispatchesOfSteps(
  gpu: Gpu,
  each: number,
  encode: (dispatches: readonly { readonly steps: number; readonly work: number }[]) => readonly Step[],
): (count: number) => Iterable<Advance> {
  // A tenth of what a dispatch may hold, because a few runs keep only a few cores busy.
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
