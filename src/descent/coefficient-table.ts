import { requireNormal, toFloat32 } from "../checks/float32.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Iteration } from "../theory/methods/method.ts";

export type LinearIteration = Extract<Iteration, { kind: "linear" }>;

/** The coefficients of some steps on the GPU. */
interface CoefficientTable {
  readonly steps: number;
  /** What the kernels are given: steps × methods of vec4f, and these two numbers. They find step t in row t mod steps. */
  readonly given: { readonly coefficients: GPUBuffer; readonly methods: number; readonly table: number };
  /** Writes the coefficients of the steps from + 1 … from + steps. */
  load(from: number): void;
}

/** Entries of a table: few enough to write between two submits, and so many that it is seldom written. */
const TABLE_ENTRIES = 2 ** 14;

/**
 * A table for linear methods: one for all runs, or one for each. Its `load` throws NotFiniteError or ArgumentError where
 * float32 cannot hold a coefficient.
 */
export function createCoefficientTable(
  gpu: Gpu,
  arena: Arena,
  iterations: readonly LinearIteration[],
): CoefficientTable {
  const methods = iterations.length;
  const steps = Math.max(16, Math.floor(TABLE_ENTRIES / methods));
  const coefficients = arena.storage("coefficients", steps * methods * 16);
  return {
    steps,
    given: { coefficients, methods, table: steps },
    load(from) {
      const entries = new Float64Array(steps * methods * 4);
      for (let step = from; step < from + steps; step++) {
        iterations.forEach((iteration, method) => {
          const { momentum, rate } = iteration.coefficients(step + 1);
          const { extrapolation } = iteration.coefficients(step + 2); // leads to the point that the next step starts from
          entries.set([momentum, rate, extrapolation], ((step % steps) * methods + method) * 4);
        });
      }
      const rounded = toFloat32(`coefficients of the steps from ${from + 1} on`, entries);
      requireNormal(
        "rate of a step",
        rounded.filter((_, i) => i % 4 === 1),
      );
      gpu.memory.write(coefficients, rounded);
    },
  };
}
