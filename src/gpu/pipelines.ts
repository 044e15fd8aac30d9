import { GpuError, ShaderError } from "../errors.ts";
import { causeOf } from "./life.ts";

/** A compute shader: one entry point named `main`, bindings in group 0 numbered in the order in which they are bound. */
export interface Kernel {
  readonly label: string;
  readonly code: string;
  /** Values of the shader's `override` declarations. */
  readonly constants?: Readonly<Record<string, number>>;
  /** True where it holds a user's code. There may be any number of these, so that only the recent ones are kept. */
  readonly ofUser?: boolean;
}

/** How many pipelines of users' code are kept: an operator has about five, and each takes up to a megabyte. */
export const KEPT_OF_USER = 32;

/**
 * Compiles each distinct shader once a device. Calls that need it while it compiles wait for the same compilation, and
 * engines that share a device share its pipelines. Of those with a user's code the most recently used are kept; one that is
 * dropped while it is in use lives as long as its user holds it.
 */
export class Pipelines {
  static readonly #ofDevice = new WeakMap<GPUDevice, Pipelines>();
  readonly #own = new Map<string, Promise<GPUComputePipeline>>();
  /** In the order of their last use. */
  readonly #ofUser = new Map<string, Promise<GPUComputePipeline>>();

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
    const cache = kernel.ofUser ? this.#ofUser : this.#own;
    const known = cache.get(key);
    const pipeline = known ?? compile(this.device, kernel);
    if (!known) pipeline.catch(() => cache.get(key) === pipeline && cache.delete(key));
    cache.delete(key);
    cache.set(key, pipeline);
    const [oldest = key] = this.#ofUser.keys();
    if (this.#ofUser.size > KEPT_OF_USER) this.#ofUser.delete(oldest);
    return pipeline;
  }
}

async function compile(device: GPUDevice, kernel: Kernel): Promise<GPUComputePipeline> {
  try {
    return await compileAlone(device, kernel);
  } catch (error) {
    if (error instanceof ShaderError && error.line > 0) throw error; // a fault in the code, with its place
    throw await causeOf(device, error, kernel.label);
  }
}

async function compileAlone(device: GPUDevice, { label, code, constants = {} }: Kernel): Promise<GPUComputePipeline> {
  device.pushErrorScope("validation"); // a faulty module is reported with its messages below, not as an uncaptured error
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
