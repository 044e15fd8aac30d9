import { type Candidate, candidateOf, fastestOf } from "../gpu/fastest-of.ts";
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
        candidates.push(candidateOf(gpu, form, steps, { weight: rows / measured, signal }));
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
