import type { Gpu } from "../gpu/gpu.ts";
import { readWords } from "../gpu/read-back.ts";
import { execute, Pace } from "../gpu/schedule.ts";
import type { Sweep } from "../kernels/sweep.ts";
import { MOST_SWEEPS, type SvdOptions } from "./result.ts";

/** Sweeps between two looks at what is left to do: a look costs more than a clean sweep, in Firefox 0.1 s. */
const SWEEPS_A_LOOK = 2;

/** Repeats a sweep until it finds all pairs of rows orthogonal, or `maxSweeps` are done. */
export async function repeatSweep(
  gpu: Gpu,
  { steps, skewPairs }: Sweep,
  batch: number,
  { signal, onProgress, maxSweeps = MOST_SWEEPS }: SvdOptions,
): Promise<{ sweeps: number; converged: boolean }> {
  const pace = new Pace();
  let sweeps = 0;
  for (;;) {
    for (let i = 0; i < SWEEPS_A_LOOK && sweeps < maxSweeps; i++) {
      await execute(gpu, steps, {
        signal,
        pace,
        onSteps: (done) => onProgress?.({ stage: `sweep ${sweeps + 1}`, fraction: done / steps.length }),
      });
      sweeps++;
    }
    const left = (await readWords(gpu, skewPairs, batch)).reduce((sum, pairs) => sum + pairs, 0);
    if (left === 0 || sweeps >= maxSweeps) return { sweeps, converged: left === 0 };
  }
}
