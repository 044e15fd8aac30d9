import type { Gpu } from "./gpu.ts";
import { type Load, SUBMIT_MS } from "./pace.ts";
import { encodeCopy, readBack, type Span, stage, type Values } from "./read-back.ts";
import type { Step } from "./schedule.ts";
import { encodeTexels } from "./texels.ts";
import { allDone } from "./waits.ts";

export interface ExecuteOptions<S extends readonly Span<unknown>[]> {
  readonly signal?: AbortSignal | undefined;
  /** Values to read at the end of a submit, for `onSteps`. */
  readonly looks?: S;
  /** How far the schedule has come at the last step taken from it; default the number of these steps. */
  readonly reached?: () => number;
  /**
   * Called when a submit of about 50 ms is done, with how far the schedule had come at its end and the values read
   * then. Not called after an abort.
   */
  readonly onSteps?: ((reached: number, looks: Values<S>) => void) | undefined;
}

/**
 * Runs `steps` in order, in submits of about 50 ms each. While one runs the next is recorded, and no third is submitted
 * before the first is done. Resolves when all steps are submitted and at most 100 ms of them are not done. Later
 * submits run after them, and a read-back waits for them.
 * @throws the signal's reason; what onSteps throws; GpuError, DeviceLostError.
 */
export async function execute<const S extends readonly Span<unknown>[] = []>(
  gpu: Gpu,
  steps: Iterable<Step>,
  { signal, looks, reached, onSteps }: ExecuteOptions<S> = {},
): Promise<void> {
  const schedule = new Recording(gpu, steps, signal);
  const report = async (at: number): Promise<void> => {
    if (!looks?.some(({ bytes }) => bytes > 0)) await gpu.answered(gpu.device.queue.onSubmittedWorkDone());
    const seen = (await readBack(gpu, looks ?? [])) as Values<S>;
    if (!signal?.aborted) onSteps?.(at, seen);
  };
  let running: Promise<void> | undefined;
  let taken = 0;
  try {
    while (!schedule.ended) {
      if (schedule.mayStop) signal?.throwIfAborted();
      const { result: count, check } = gpu.scoped("submit", () => schedule.submit());
      taken += count;
      // Nobody waits for the last submit, unless much work is submitted and not done.
      const isFull = gpu.flow.expected >= (schedule.ended ? 2 * SUBMIT_MS : SUBMIT_MS / 2);
      const before = isFull ? running : undefined;
      if (isFull) {
        running = report(reached ? reached() : taken);
        running.catch(() => {}); // thrown below, after the errors before it
      }
      await allDone([check, before]);
    }
  } finally {
    await running?.catch(() => {});
  }
  await running;
  signal?.throwIfAborted();
}

/** Runs `steps`, and reads `spans` after them: the copies to the host are part of the last submit. */
export async function executeAndRead<const S extends readonly Span<unknown>[]>(
  gpu: Gpu,
  steps: Iterable<Step>,
  spans: S,
  options: Pick<ExecuteOptions<[]>, "signal" | "onSteps"> = {},
): Promise<Values<S>> {
  return gpu.withArena(async (arena) => {
    const { result, check } = gpu.scoped("read-back", () => stage(gpu, arena, spans));
    await allDone([check, execute(gpu, chained(steps, result.copies), options)]);
    return result.read();
  });
}

function* chained(steps: Iterable<Step>, copies: readonly Step[]): Generator<Step> {
  yield* steps;
  yield* copies;
}

/** The steps of a schedule that have not been submitted. */
class Recording {
  readonly #gpu: Gpu;
  readonly #iterator: Iterator<Step>;
  readonly #signal: AbortSignal | undefined;
  #next: IteratorResult<Step>;

  constructor(gpu: Gpu, steps: Iterable<Step>, signal: AbortSignal | undefined) {
    this.#gpu = gpu;
    this.#signal = signal;
    this.#iterator = steps[Symbol.iterator]();
    this.#next = this.#iterator.next();
  }

  get ended(): boolean {
    return this.#next.done === true;
  }

  /** Whether an aborted schedule may end before the next step. */
  get mayStop(): boolean {
    return this.#next.done === true || !this.#next.value.within;
  }

  /**
   * Submits steps that should take 50 ms together, at least one, and ends early where the schedule is aborted.
   * @returns their number.
   */
  submit(): number {
    const { device, flow } = this.#gpu;
    const encoder = device.createCommandEncoder();
    const load: Load = new Map();
    let pass: GPUComputePassEncoder | undefined;
    let expected = 0;
    let count = 0;
    for (; !this.#next.done; this.#next = this.#iterator.next(), count++) {
      const step = this.#next.value;
      const ms = flow.pace.expect(step);
      if (count > 0 && expected + ms > SUBMIT_MS) break;
      if (count > 0 && this.#signal?.aborted && this.mayStop) break;
      expected += ms;
      if (step.kind !== "dispatch") {
        pass?.end();
        pass = undefined;
        if (step.kind === "clear") encoder.clearBuffer(step.buffer);
        else if (step.kind === "copy") encodeCopy(encoder, step);
        else encodeTexels(encoder, step);
      } else if (!step.workgroups.includes(0)) {
        pass ??= encoder.beginComputePass();
        pass.setPipeline(step.pipeline);
        pass.setBindGroup(0, step.bindings);
        pass.dispatchWorkgroups(...step.workgroups);
        load.set(step.pipeline, (load.get(step.pipeline) ?? 0) + ms);
      }
    }
    pass?.end();
    device.queue.submit([encoder.finish()]);
    flow.add(load, expected);
    return count;
  }
}
