import { execute } from "../gpu/execute.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Step } from "../gpu/schedule.ts";
import type { OperatorForm, OperatorParts } from "./activation-operator.ts";
import { type Products, unwatched } from "./products.ts";

/** Beyond this many entries a scan, where the activation has one, is chosen without a measurement: it is ten times faster. */
const SCANNED_UNMEASURED = 2 ** 22;

/** A form that goes through all entries is measured on the first rows alone, with about this many entries. */
const MEASURED_ENTRIES = 2 ** 18;

/**
 * The form whose gradient takes the least time on this adapter. `make` makes the parts of a form; where the form goes
 * through all entries, for the first `rows` rows.
 */
export async function fastestForm(
  gpu: Gpu,
  { rows, cols, isScannable }: { readonly rows: number; readonly cols: number; readonly isScannable: boolean },
  make: (form: OperatorForm, rows: number) => Promise<OperatorParts>,
  signal?: AbortSignal,
): Promise<OperatorForm> {
  const entries = rows * cols;
  if (isScannable && entries > SCANNED_UNMEASURED) return "scan";
  const candidates: OperatorForm[] = [];
  if (isScannable) candidates.push("scan");
  candidates.push("generated");
  if (fits(gpu, entries)) candidates.push("stored");

  let fastest: { form: OperatorForm; time: number } | undefined;
  for (const form of candidates) {
    signal?.throwIfAborted();
    // A form that goes through all entries is measured on some rows, and takes longer in proportion to the rest.
    const measured = form === "scan" ? rows : Math.min(rows, Math.ceil(MEASURED_ENTRIES / cols));
    const parts = await make(form, measured);
    try {
      const time = (await timeGradient(gpu, parts.products(1), measured, cols)) * (rows / measured);
      if (!fastest || time < fastest.time) fastest = { form, time };
    } finally {
      parts.destroy();
    }
  }
  return (fastest as { form: OperatorForm }).form;
}

function fits({ device }: Gpu, entries: number): boolean {
  return 4 * entries <= Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
}

const TRIALS = 3;

/** A trial computes gradients, at most 64, until they last 5 ms and twice the latency of the GPU's answer. */
const TRIAL_MS = 5;
const TRIAL_LATENCIES = 2;
const MOST_GRADIENTS = 64;

/** Milliseconds of a gradient of one run: the least of a few trials after a warm-up. */
async function timeGradient(gpu: Gpu, products: Products, rows: number, cols: number): Promise<number> {
  const gradient = await products.gradient();
  return gpu.withArena(async (arena) => {
    const { steps } = await gpu.guard("measurement", () =>
      gradient(arena, {
        input: arena.storage("input", cols * 4),
        targets: arena.storage("targets", rows * 4),
        ...unwatched(arena, 1),
      }),
    );
    const { latency } = await gpu.answering();
    const time = async (count: number): Promise<number> => {
      const start = performance.now();
      await execute(gpu, repeated(steps, count));
      await gpu.answered(gpu.device.queue.onSubmittedWorkDone());
      return Math.max(0, performance.now() - start - latency);
    };
    await time(1); // some drivers compile at the first run
    const enough = Math.max(TRIAL_MS, TRIAL_LATENCIES * latency);
    let count = 1;
    while (count < MOST_GRADIENTS && (await time(count)) < enough) count *= 2;
    let least = Number.POSITIVE_INFINITY;
    for (let trial = 0; trial < TRIALS; trial++) least = Math.min(least, await time(count));
    return least / count;
  });
}

function* repeated(steps: readonly Step[], count: number): Generator<Step> {
  for (let i = 0; i < count; i++) yield* steps;
}
