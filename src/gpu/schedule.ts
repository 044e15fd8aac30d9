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
export type Step = Command & {
  /** True where an aborted schedule must not end before this step, because its data would be half updated. */
  readonly within?: true;
};

type Command =
  | {
      readonly kind: "dispatch";
      readonly pipeline: GPUComputePipeline;
      readonly bindings: GPUBindGroup;
      readonly workgroups: Workgroups;
      /** About as many multiply–adds of float32 take the same time. */
      readonly work: number;
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
    }
  /** Texel i of the target, which `texelsOf` has made, gets vec4 i of the source. */
  | {
      readonly kind: "copy to texels";
      readonly source: GPUBuffer;
      readonly target: GPUTexture;
      readonly vec4s: number;
    };

/** What a kernel reads or writes: a buffer, a part of one, or a texture. */
export type Resource = GPUBuffer | GPUBufferBinding | GPUTexture;

export function bindable(resource: Resource): GPUBindingResource {
  if ("createView" in resource) return resource.createView();
  return "buffer" in resource ? resource : { buffer: resource };
}

/**
 * A dispatch of `pipeline` on `resources`, bound in this order. About `work` multiply–adds take the same time.
 */
export function dispatch(
  { device }: { readonly device: GPUDevice },
  pipeline: GPUComputePipeline,
  resources: readonly Resource[],
  workgroups: Workgroups,
  work: number,
): Step {
  const bindings = device.createBindGroup({
    label: pipeline.label,
    layout: pipeline.getBindGroupLayout(0),
    entries: resources.map((resource, binding) => ({ binding, resource: bindable(resource) })),
  });
  return { kind: "dispatch", pipeline, bindings, workgroups, work };
}
