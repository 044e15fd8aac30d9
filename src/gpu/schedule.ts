/** How far a call has come: `fraction` from 0 to 1 of what `stage` names. */
export interface Progress {
  readonly stage: string;
  readonly fraction: number;
}

/**
 * What every call that can last takes. An aborted call rejects with the signal's reason and frees what it held. Progress is
 * told after submits of about 50 ms: a short call may end without.
 */
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
      /** About how many multiply–adds of float32 it lasts as long as. */
      readonly work: number;
      /** True where a schedule that is aborted must not be left just before: what it works on would be half done. */
      readonly within?: true;
    }
  | { readonly kind: "clear"; readonly buffer: GPUBuffer }
  | {
      readonly kind: "copy";
      readonly source: GPUBuffer;
      readonly target: GPUBuffer;
      /** In bytes, as is their count. */
      readonly sourceOffset: number;
      readonly targetOffset: number;
      readonly bytes: number;
    };

/**
 * A dispatch of `pipeline` on `buffers`, bound in order; a uniform slice is given as a GPUBufferBinding. `work`: about how
 * many multiply–adds it lasts as long as.
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
