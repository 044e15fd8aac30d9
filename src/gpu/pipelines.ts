import { GpuError, ShaderError } from "../errors.ts";
import { causeOf } from "./faults.ts";

/** A compute shader: one entry point named `main`, bindings in group 0 numbered in the order in which they are bound. */
export interface Kernel {
  readonly label: string;
  readonly code: string;
  /** Values of the shader's `override` declarations. */
  readonly constants?: Readonly<Record<string, number>>;
}

/**
 * Compiles each distinct shader once a device; calls that meet while it compiles share the one compilation. Engines that
 * share a device share its pipelines.
 */
export class Pipelines {
  static readonly #ofDevice = new WeakMap<GPUDevice, Pipelines>();
  readonly #cache = new Map<string, Promise<GPUComputePipeline>>();

  private constructor(readonly device: GPUDevice) {}

  static of(device: GPUDevice): Pipelines {
    let pipelines = Pipelines.#ofDevice.get(device);
    if (!pipelines) {
      pipelines = new Pipelines(device);
      Pipelines.#ofDevice.set(device, pipelines);
    }
    return pipelines;
  }

  /** @throws ShaderError with the compiler's first message, its line and column. */
  get(kernel: Kernel): Promise<GPUComputePipeline> {
    const key = JSON.stringify(kernel.constants ?? {}) + kernel.code;
    let pipeline = this.#cache.get(key);
    if (!pipeline) {
      pipeline = compile(this.device, kernel);
      this.#cache.set(key, pipeline);
      pipeline.catch(() => this.#cache.delete(key));
    }
    return pipeline;
  }
}

async function compile(device: GPUDevice, kernel: Kernel): Promise<GPUComputePipeline> {
  try {
    return await compileAlone(device, kernel);
  } catch (error) {
    if (error instanceof ShaderError && error.line > 0) throw error; // a fault of the code, at its place
    throw await causeOf(device, error);
  }
}

async function compileAlone(device: GPUDevice, { label, code, constants = {} }: Kernel): Promise<GPUComputePipeline> {
  device.pushErrorScope("validation"); // a bad module is told by its messages below, not as an uncaptured error
  const module = device.createShaderModule({ label, code });
  const [invalid, { messages }] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  const fault = messages.find((message) => message.type === "error");
  if (fault) {
    const { message, lineNum, linePos } = fault;
    throw new ShaderError(`${label}, line ${lineNum}, column ${linePos}: ${message}`, lineNum, linePos, code);
  }
  if (invalid) throw new ShaderError(`${label}: ${invalid.message}`, 0, 0, code);
  try {
    return await device.createComputePipelineAsync({
      label,
      layout: "auto",
      compute: { module, entryPoint: "main", constants },
    });
  } catch (error) {
    const message = `${label}: ${error instanceof Error ? error.message : error}`;
    if (error instanceof GPUPipelineError && error.reason === "internal") throw new GpuError(message);
    throw new ShaderError(message, 0, 0, code);
  }
}
