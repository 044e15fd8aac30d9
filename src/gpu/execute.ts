import { allDone } from "./all-done.ts";
import type { Gpu } from "./gpu.ts";
import { type Load, SUBMIT_MS } from "./pace.ts";
import { readBack, type Span, type Values } from "./read-back.ts";
import type { Step } from "./schedule.ts";

export interface ExecuteOptions<S extends readonly Span<unknown>[]> {
  readonly signal?: AbortSignal | undefined;
  /** What to read at the end of a submit, for `onSteps`. */
  readonly looks?: S;
  /** How far the schedule is by the steps that were taken of it: their number, unless given. */
  readonly reached?: () => number;
  /** Hears, when a submit of about 50 ms is done, how far the schedule was at its end, and what was read behind it. */
  readonly onSteps?: ((reached: number, looks: Values<S>) => void) | undefined;
}

/**
 * Runs `steps` in order, in submits of about 50 ms each: while one runs the next is recorded, and no third is submitted
 * before the first is done. Resolves when all are submitted, and all but what 100 ms hold are done: what is submitted
 * later comes after them, and a read-back waits for them.
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
    onSteps?.(at, (await readBack(gpu, looks ?? [])) as Values<S>);
  };
  let running: Promise<void> | undefined;
  let taken = 0;
  try {
    while (!schedule.ended) {
      if (schedule.mayStop) signal?.throwIfAborted();
      const { result: count, check } = gpu.scoped("submit", () => schedule.submit());
      taken += count;
      // The last submit is left on its way, unless much is on its way already.
      const isFull = gpu.flow.expected >= (schedule.ended ? 2 * SUBMIT_MS : SUBMIT_MS / 2);
      const before = isFull ? running : undefined;
      if (isFull) {
        running = report(reached ? reached() : taken);
        running.catch(() => {}); // thrown below, behind what came before it
      }
      await allDone([check, before]);
    }
  } finally {
    await running?.catch(() => {});
  }
  await running;
  signal?.throwIfAborted();
}

/** A schedule on its way: what has not been submitted of it. */
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

  /** Whether an aborted schedule may be left here. */
  get mayStop(): boolean {
    return this.#next.done === true || this.#next.value.kind !== "dispatch" || !this.#next.value.within;
  }

  /** Submits what should take 50 ms, at least one step, and no more where the schedule is aborted. */
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
        else encoder.copyBufferToBuffer(step.source, step.sourceOffset, step.target, step.targetOffset, step.bytes);
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
