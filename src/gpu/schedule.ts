/** How far a call has come. */
export interface Progress {
  /** The part of the call that is under way, in words. */
  readonly stage: string;
  /** How much of the stage is done, from 0 to 1. */
  readonly fraction: number;
}

/**
 * Options of every call that can take long. An aborted call rejects with the signal's reason and frees its buffers.
 * Progress is reported after submits of about 50 ms: a short call may end without a report.
 */
export interface RunOptions {
  /** Aborts the call. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the progress of the call. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** One command for the GPU. A schedule is a sequence of these: plain data, which a test can read without a GPU. */
export type Step =
  | {
      readonly kind: "dispatch";
      readonly pipeline: GPUComputePipeline;
      readonly bindings: GPUBindGroup;
      readonly workgroups: Workgroups;
      /** About as many multiply–adds of float32 take the same time. */
      readonly work: number;
      /** True where an aborted schedule must not end before this step, because its data would be half updated. */
      readonly within?: true;
    }
  | { readonly kind: "clear"; readonly buffer: GPUBuffer }
  | {
      readonly kind: "copy";
      readonly source: GPUBuffer;
      readonly target: GPUBuffer;
      /** Offsets and size are in bytes. */
      readonly sourceOffset: number;
      readonly targetOffset: number;
      readonly bytes: number;
    };

/**
 * A dispatch of `pipeline` on `buffers`, bound in this order. A part of a buffer is a GPUBufferBinding. About `work`
 * multiply–adds take the same time.
 */
export function dispatch(
  { device }: { readonly device: GPUDevice },
  pipeline: GPUComputePipeline,
  buffers: readonly (GPUBuffer | GPUBufferBinding)[],
  workgroups: Workgroups,
  work: number,
): Step {
  const bindings = device.createBindGroup({
    label: pipeline.label,
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({
      binding,
      resource: "buffer" in buffer ? buffer : { buffer },
    })),
  });
  return { kind: "dispatch", pipeline, bindings, workgroups, work };
}
