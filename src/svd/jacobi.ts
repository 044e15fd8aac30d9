import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { readBack, type Span, words } from "../gpu/read-back.ts";
import type { Step } from "../gpu/schedule.ts";
import { MOST_SWEEPS, type SvdOptions } from "./result.ts";
import type { Sweep } from "./sweep.ts";

/** Sweeps between two looks at what is left to do: a look costs more than a clean sweep. */
const SWEEPS_A_LOOK = 2;

/**
 * Repeats a sweep until it finds all pairs of rows orthogonal, or `maxSweeps` are done. Each look also runs `measuring`
 * and reads `measured`, so that the last one brings what the rows have become.
 */
export async function repeatSweep<T>(
  gpu: Gpu,
  { steps, skewPairs }: Sweep,
  { measuring, measured }: { readonly measuring: Step; readonly measured: Span<T> },
  batch: number,
  { signal, onProgress, maxSweeps = MOST_SWEEPS }: SvdOptions,
): Promise<{ sweeps: number; converged: boolean; measured: T }> {
  for (let sweeps = 0; ; ) {
    const before = sweeps;
    sweeps = Math.min(maxSweeps, sweeps + SWEEPS_A_LOOK);
    const turns = Array.from({ length: sweeps - before }, () => steps).flat();
    await execute(gpu, [...turns, measuring], {
      signal,
      onSteps: (done) => {
        const turned = Math.min(done / steps.length, sweeps - before);
        const sweep = Math.ceil(turned);
        onProgress?.({ stage: `sweep ${before + sweep}`, fraction: turned - (sweep - 1) });
      },
    });
    const [pairs, values] = await readBack(gpu, [words(skewPairs, batch), measured]);
    onProgress?.({ stage: `sweep ${sweeps}`, fraction: 1 });
    const left = pairs.reduce((sum, count) => sum + count, 0);
    if (left === 0 || sweeps >= maxSweeps) return { sweeps, converged: left === 0, measured: values };
  }
}
