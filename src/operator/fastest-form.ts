import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Arena } from "../gpu/memory.ts";
import type { Step } from "../gpu/schedule.ts";
import type { OperatorForm, OperatorParts } from "./activation-operator.ts";
import { type Products, unwatched } from "./products.ts";

/** Beyond this many entries a scan, where the activation has one, is chosen without a measurement: it is ten times faster. */
const SCANNED_UNMEASURED = 2 ** 22;

/** A form that goes through all entries is measured on the first rows alone, with about this many entries. */
const MEASURED_ENTRIES = 2 ** 18;

/**
 * The form whose gradient of `runs` runs takes the least time on this adapter. `make` makes the parts of a form. Where the
 * form goes through all entries, it makes them for the first `rows` rows only.
 */
export async function fastestForm(
  gpu: Gpu,
  of: { readonly rows: number; readonly cols: number; readonly runs: number; readonly isScannable: boolean },
  make: (form: OperatorForm, rows: number) => Promise<OperatorParts>,
  signal?: AbortSignal,
): Promise<OperatorForm> {
  const { rows, cols, runs, isScannable } = of;
  const entries = rows * cols;
  if (isScannable && entries > SCANNED_UNMEASURED) return "scan";
  const forms: OperatorForm[] = [];
  if (isScannable) forms.push("scan");
  forms.push("generated");
  if (fits(gpu, entries)) forms.push("stored");

  const { latency } = await gpu.answering();
  const made: OperatorParts[] = [];
  try {
    return await gpu.withArena(async (arena) => {
      const candidates: Candidate<OperatorForm>[] = [];
      for (const form of forms) {
        signal?.throwIfAborted();
        // A form that goes through all entries is measured on some rows, and takes longer in proportion to the rest.
        const measured = form === "scan" ? rows : Math.min(rows, Math.ceil(MEASURED_ENTRIES / cols));
        const parts = await make(form, measured);
        made.push(parts);
        const steps = await gradientSteps(gpu, arena, parts.products(runs), { rows: measured, cols, runs });
        candidates.push({
          name: form,
          weight: rows / measured,
          run: async (count) => {
            signal?.throwIfAborted();
            await execute(gpu, repeated(steps, count));
            await gpu.answered(gpu.device.queue.onSubmittedWorkDone());
          },
        });
      }
      return fastestOf(candidates, { latency, now: () => performance.now() });
    });
  } finally {
    for (const parts of made) parts.destroy();
  }
}

function fits({ device }: Gpu, entries: number): boolean {
  return 4 * entries <= Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
}

async function gradientSteps(
  gpu: Gpu,
  arena: Arena,
  products: Products,
  { rows, cols, runs }: { readonly rows: number; readonly cols: number; readonly runs: number },
): Promise<readonly Step[]> {
  const gradient = await products.gradient();
  const { steps } = await gpu.guard("measurement", () =>
    gradient(arena, {
      input: arena.storage("input", runs * cols * 4),
      targets: arena.storage("targets", runs * rows * 4),
      ...unwatched(arena, runs),
    }),
  );
  return steps;
}

function* repeated(steps: readonly Step[], count: number): Generator<Step> {
  for (let i = 0; i < count; i++) yield* steps;
}

/** One of several ways to do the same work. */
interface Candidate<N> {
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
