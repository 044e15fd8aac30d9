import type { Gpu } from "./gpu.ts";

/** How far a call has come: `fraction` from 0 to 1 of what `stage` names. */
export interface Progress {
  readonly stage: string;
  readonly fraction: number;
}

/** What every call that can last takes. An aborted call rejects with the signal's reason and frees what it held. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** One command for the GPU. A schedule is a sequence of these: plain data, that a test reads without a GPU. */
export type Step =
  | {
      readonly kind: "dispatch";
      readonly pipeline: GPUComputePipeline;
      readonly bindings: GPUBindGroup;
      readonly workgroups: Workgroups;
      /** Its length beside that of other steps of the schedule. */
      readonly work: number;
      /** True where a schedule that is aborted must not be left just before: what it works on would be half done. */
      readonly within?: true;
    }
  | { readonly kind: "clear"; readonly buffer: GPUBuffer }
  | {
      readonly kind: "copy";
      readonly source: GPUBuffer;
      readonly target: GPUBuffer;
      /** Both from the same byte on. */
      readonly offset: number;
      readonly bytes: number;
    };

/** One submit should keep the GPU busy about this long: a page stays alive, and cancelling is quick. */
const SUBMIT_MS = 50;

/** Chooses how much work goes into the next submit from the time that the last one took. */
export class Pace {
  #work: number;

  /** `first`: work of the first submit; 1 where each step may take as long as a submit should. */
  constructor(first = 4) {
    this.#work = first;
  }

  /** Steps, or as many as they weigh. */
  get work(): number {
    return this.#work;
  }

  /** Takes note that `work` took `ms`; at most doubles, so that one fast submit does not cause a long one. */
  record(work: number, ms: number): void {
    const fitting = Math.floor((work * SUBMIT_MS) / Math.max(ms, 0.01));
    this.#work = Math.max(1, Math.min(fitting, 2 * Math.max(work, this.#work)));
  }
}

/**
 * A dispatch of `pipeline` on `buffers`, bound in order; a uniform slice is given as a GPUBufferBinding. `work` is its
 * length beside that of other steps.
 */
export function dispatch(
  gpu: Gpu,
  pipeline: GPUComputePipeline,
  buffers: readonly (GPUBuffer | GPUBufferBinding)[],
  workgroups: Workgroups,
  work = 1,
): Step {
  const bindings = gpu.device.createBindGroup({
    label: pipeline.label,
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({
      binding,
      resource: "buffer" in buffer ? buffer : { buffer },
    })),
  });
  return { kind: "dispatch", pipeline, bindings, workgroups, work };
}

function workOf(step: Step): number {
  return step.kind === "dispatch" ? step.work : 1;
}

function mayStopBefore(step: Step): boolean {
  return step.kind !== "dispatch" || !step.within;
}

/**
 * Runs `steps` in order, in submits bounded by measured time. `pace` carries what was learnt from one schedule to the
 * next; `onSteps` hears after each submit how many steps are done.
 */
export async function execute(
  gpu: Gpu,
  steps: Iterable<Step>,
  {
    signal,
    pace = new Pace(),
    onSteps,
  }: { signal?: AbortSignal | undefined; pace?: Pace; onSteps?: (done: number) => void | Promise<void> } = {},
): Promise<void> {
  const iterator = steps[Symbol.iterator]();
  let next = iterator.next();
  let done = 0;
  while (!next.done) {
    if (mayStopBefore(next.value)) signal?.throwIfAborted();
    const start = performance.now();
    let count = 0;
    let work = 0;
    await gpu.guard("submit", () => {
      const encoder = gpu.device.createCommandEncoder();
      let pass: GPUComputePassEncoder | undefined;
      for (; !next.done; next = iterator.next(), count++) {
        const step = next.value;
        if (count > 0 && work + workOf(step) > pace.work) break;
        if (count > 0 && signal?.aborted && mayStopBefore(step)) break;
        work += workOf(step);
        if (step.kind !== "dispatch") {
          pass?.end();
          pass = undefined;
          if (step.kind === "clear") encoder.clearBuffer(step.buffer);
          else encoder.copyBufferToBuffer(step.source, step.offset, step.target, step.offset, step.bytes);
        } else if (!step.workgroups.includes(0)) {
          pass ??= encoder.beginComputePass();
          pass.setPipeline(step.pipeline);
          pass.setBindGroup(0, step.bindings);
          pass.dispatchWorkgroups(...step.workgroups);
        }
      }
      pass?.end();
      gpu.device.queue.submit([encoder.finish()]);
    });
    await gpu.orLost(gpu.device.queue.onSubmittedWorkDone());
    if (!next.done) pace.record(work, performance.now() - start); // a cut-short submit tells of latency, not of steps
    done += count;
    await onSteps?.(done);
  }
  signal?.throwIfAborted();
}
