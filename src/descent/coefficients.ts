import { FLOAT32_MAX, requireNormal } from "../checks/float32.ts";
import { NotFiniteError } from "../errors.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Iteration } from "../theory/methods/method.ts";
import type { CoefficientTable } from "./small-descent.ts";

export type LinearIteration = Extract<Iteration, { kind: "linear" }>;

/** Entries of a table: few enough to be written between two submits, many enough to be written seldom. */
const TABLE_ENTRIES = 2 ** 14;

/** A table of the coefficients of linear methods, one for all runs or one a run, that is written a stretch at a time. */
export function createCoefficients(
  gpu: Gpu,
  arena: Arena,
  iterations: readonly LinearIteration[],
): CoefficientTable & { load(from: number): void } {
  const methods = iterations.length;
  const steps = Math.max(16, Math.floor(TABLE_ENTRIES / methods));
  const buffer = arena.storage("coefficients", steps * methods * 16);
  return {
    buffer,
    steps,
    methods,
    load(from) {
      const entries = new Float32Array(steps * methods * 4);
      for (let step = 0; step < steps; step++) {
        iterations.forEach((iteration, method) => {
          const { momentum, rate } = iteration.coefficients(from + step + 1);
          const { extrapolation } = iteration.coefficients(from + step + 2); // the point that the next step starts from
          const row = (from + step) % steps; // where the kernels look a step up
          entries.set([momentum, rate, extrapolation], (row * methods + method) * 4);
        });
      }
      const fault = entries.findIndex((value) => !(Math.abs(value) <= FLOAT32_MAX));
      if (fault >= 0) {
        throw new NotFiniteError(
          `method: a coefficient ${entries[fault]} of a step from ${from} on given, one within float32 expected`,
        );
      }
      requireNormal(
        "rate of a step",
        entries.filter((_, i) => i % 4 === 1),
      );
      gpu.memory.write(buffer, entries);
    },
  };
}
