import { ArgumentError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { type Span, words } from "../gpu/read-back.ts";
import type { MethodName } from "../theory/methods/method.ts";
import type { Walk } from "./walk.ts";

/** Where a descent stands: given as `resume` it goes on from there, bit for bit as if it had not been interrupted. */
export interface DescentState {
  readonly methods: readonly MethodName[];
  /** N and M of the matrix. */
  readonly rows: number;
  readonly cols: number;
  /** Steps done. */
  readonly iterations: number;
  /** runs × M. */
  readonly weights: Float32Array;
  /** runs: the largest |residual| that is no sign of divergence. */
  readonly limits: Float32Array;
  /** What else the method carries from step to step, in a layout of its own. */
  readonly buffers: readonly Uint32Array[];
}

/** What to read of a walk, in the order of its buffers, for `stateOf`. */
export function stateSpans({ state }: Walk): Span<Uint32Array>[] {
  return state.map(({ buffer, words: count }) => words(buffer, count));
}

export function stateOf(
  buffers: readonly Uint32Array[],
  standing: Omit<DescentState, "weights" | "buffers">,
): DescentState {
  const [weights] = buffers;
  return { ...standing, weights: new Float32Array(weights?.slice().buffer ?? []), buffers };
}

/** Brings a walk to a state. @throws ArgumentError where the state is of other methods or another shape. */
export function writeState(gpu: Gpu, walk: Walk, state: DescentState, methods: readonly MethodName[]): void {
  if (state.methods.join() !== methods.join()) {
    throw new ArgumentError(
      `resume: a state of ${state.methods.join(", ")} given, one of ${methods.join(", ")} expected`,
    );
  }
  const [given, expected] = [state.buffers.map(({ length }) => length), walk.state.map(({ words }) => words)];
  if (given.join() !== expected.join()) {
    throw new ArgumentError(
      `resume: buffers of ${given} words given, ${expected} expected: another A or form of it, or other runs`,
    );
  }
  walk.state.forEach(({ buffer }, i) => {
    gpu.memory.write(buffer, Uint32Array.from(state.buffers[i] as Uint32Array));
  });
}
