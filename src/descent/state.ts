import { FLOAT32_MAX } from "../checks/float32.ts";
import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Span, words } from "../gpu/read-back.ts";
import type { Walk } from "./walk.ts";

/** Where a descent stands. Given as `resume`, it continues from there, bit for bit as if it had not been interrupted. */
export interface DescentState {
  /** The names of the methods: one for all runs, or one for each. */
  readonly methods: readonly string[];
  /** N. */
  readonly rows: number;
  /** M. */
  readonly cols: number;
  /** The number of steps that are done. */
  readonly iterations: number;
  /** runs × M: w. */
  readonly weights: Float32Array;
  /** runs: the |residual| above which a run counts as diverged. */
  readonly limits: Float32Array;
  /** All that the method carries from step to step, in a layout of its own. */
  readonly buffers: readonly Uint32Array[];
}

/** A state without what is read from the GPU. */
export type Standing = Omit<DescentState, "weights" | "buffers">;

/** What to read from a walk for `stateOf`. */
export function stateSpans({ state }: Walk): Span<Uint32Array>[] {
  return state.map(({ buffer, words: count }) => words(buffer, count));
}

/** The state of a walk from the contents of its buffers, in their order. */
export function stateOf(buffers: readonly Uint32Array[], standing: Standing): DescentState {
  const [weights] = buffers;
  return { ...standing, weights: new Float32Array(weights?.slice().buffer ?? []), buffers };
}

/** @throws ArgumentError unless all parts of `state` fit the matrix, the methods and the number of runs. */
export function requireState(
  state: DescentState,
  expected: Pick<DescentState, "methods" | "rows" | "cols"> & { readonly runs: number },
): void {
  const refuse = (given: string, wanted: string) => {
    throw new ArgumentError(`resume: a state of ${given} given, one of ${wanted} expected`);
  };
  const { rows, cols, runs } = expected;
  const { weights, limits, buffers } = state;
  if (state.rows !== rows || state.cols !== cols) refuse(`${state.rows}×${state.cols}`, `A's ${rows}×${cols}`);
  const [own, asked] = [state.methods.join(", "), expected.methods.join(", ")];
  if (own !== asked) refuse(own || "no method", asked);
  if (weights.length !== runs * cols) refuse(`${weights.length} weights`, `${runs} × ${cols}`);
  if (limits.length !== runs) refuse(`${limits.length} limits`, `as many as there are runs (${runs})`);
  const fault = limits.findIndex((limit) => !(limit >= 0 && limit <= FLOAT32_MAX));
  if (fault >= 0) refuse(`a limit ${limits[fault]}`, "finite limits of at least 0");
  const words = new Uint32Array(Float32Array.from(weights).buffer);
  const differs = words.findIndex((word, i) => word !== buffers[0]?.[i]);
  if (differs >= 0) {
    refuse(`weights that differ from those in its buffers at ${differs}`, "weights as descend gave them");
  }
}

/** Brings a walk to a state. @throws ArgumentError where the state's buffers are not of the walk's sizes. */
export function writeState(gpu: Gpu, walk: Walk, state: DescentState): void {
  const [given, expected] = [state.buffers.map(({ length }) => length), walk.state.map(({ words }) => words)];
  if (given.join() !== expected.join()) {
    throw new ArgumentError(
      `resume: buffers of ${given} words given, ${expected} expected: another A or form of it, other runs, or another version`,
    );
  }
  walk.state.forEach(({ buffer }, i) => {
    gpu.memory.write(buffer, Uint32Array.from(state.buffers[i] as Uint32Array));
  });
}
