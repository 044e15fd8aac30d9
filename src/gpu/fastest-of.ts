import { execute } from "./execute.ts";
import type { Gpu } from "./gpu.ts";
import type { Step } from "./schedule.ts";

/** One of several ways to do the same work. */
export interface Candidate<N> {
  readonly name: N;
  /** What its time is multiplied by. */
  readonly weight: number;
  /** Does the work `count` times, and resolves when that is done. */
  readonly run: (count: number) => Promise<void>;
}

const TRIALS = 5;

/** A trial repeats a candidate, at most 64 times, until it lasts 5 ms and twice the latency of the GPU's answer. */
const TRIAL_MS = 5;
const TRIAL_LATENCIES = 2;
const MOST_REPEATS = 64;

/**
 * The name of the candidate whose least time of five trials is the least of all. The trials of the candidates alternate:
 * whatever else the machine does for a while then disturbs all of them alike. `latency` is the time in ms that the GPU takes
 * to answer, which no trial counts.
 */
export async function fastestOf<N>(
  candidates: readonly Candidate<N>[],
  { latency, now }: { readonly latency: number; readonly now: () => number },
): Promise<N> {
  const timed = async (run: Candidate<N>["run"], count: number): Promise<number> => {
    const start = now();
    await run(count);
    return Math.max(0, now() - start - latency);
  };
  const enough = Math.max(TRIAL_MS, TRIAL_LATENCIES * latency);
  const trials: { name: N; time: () => Promise<number>; least: number }[] = [];
  for (const { name, weight, run } of candidates) {
    await run(1); // some drivers compile at the first run
    let count = 1;
    while (count < MOST_REPEATS && (await timed(run, count)) < enough) count *= 2;
    const time = async () => (weight * (await timed(run, count))) / count;
    trials.push({ name, time, least: Number.POSITIVE_INFINITY });
  }
  for (let round = 0; round < TRIALS; round++) {
    for (const trial of trials) trial.least = Math.min(trial.least, await trial.time());
  }
  return trials.reduce((best, trial) => (trial.least < best.least ? trial : best)).name;
}

/** A candidate that runs steps. */
export function candidateOf<N>(
  gpu: Gpu,
  name: N,
  steps: readonly Step[],
  { weight = 1, signal }: { readonly weight?: number; readonly signal?: AbortSignal | undefined } = {},
): Candidate<N> {
  return {
    name,
    weight,
    run: async (count) => {
      signal?.throwIfAborted();
      await execute(gpu, repeated(steps, count));
      await gpu.answered(gpu.device.queue.onSubmittedWorkDone());
    },
  };
}

function* repeated(steps: readonly Step[], count: number): Generator<Step> {
  for (let i = 0; i < count; i++) yield* steps;
}
