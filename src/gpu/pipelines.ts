import { GpuError, ShaderError } from "../errors.ts";
import { causeOf } from "./life.ts";
import { onePerDevice } from "./once.ts";

/**
 * A compute shader: one entry point named `main`, bindings in group 0 numbered in the order in which they are bound.
 */
export interface Shader {
  readonly label: string;
  readonly code: string;
  /** Values of the shader's `override` declarations. */
  readonly constants?: Readonly<Record<string, number>>;
  /** True where it holds a user's code. There may be any number of these, so that only the recent ones are kept. */
  readonly ofUser?: boolean;
}

/** How many shaders with a user's code are kept: an operator has about five, and each takes up to a megabyte. */
export const KEPT_OF_USER = 32;

/** The pipelines of each shader, by their constants. */
type Cache = Map<string, Map<string, Promise<GPUComputePipeline>>>;

/**
 * Compiles each distinct shader once a device. Calls that need it while it compiles wait for the same compilation, and
 * engines that share a device share its pipelines. Of the shaders with a user's code the most recently used are kept;
 * one that is dropped while it is in use lives as long as its user holds it.
 */
export class Pipelines {
  static readonly of = onePerDevice((device) => new Pipelines(device));
  readonly #own: Cache = new Map();
  /** In the order of their last use. */
  readonly #ofUser: Cache = new Map();

  private constructor(readonly device: GPUDevice) {}

  /** @throws ShaderError with the compiler's first message, its line and column. */
  get(shader: Shader): Promise<GPUComputePipeline> {
    // Looked up by the code itself: a key that joins it with the constants takes 27 µs to make and to hash.
    const known = this.#byConstants(shader);
    const key = JSON.stringify(shader.constants ?? {});
    const pipeline = known.get(key) ?? compile(this.device, shader);
    if (!known.has(key)) pipeline.catch(() => known.delete(key));
    known.set(key, pipeline);
    return pipeline;
  }

  #byConstants({ code, ofUser }: Shader): Map<string, Promise<GPUComputePipeline>> {
    const cache = ofUser ? this.#ofUser : this.#own;
    const known = cache.get(code) ?? new Map<string, Promise<GPUComputePipeline>>();
    cache.delete(code);
    cache.set(code, known);
    const [oldest = code] = this.#ofUser.keys();
    if (this.#ofUser.size > KEPT_OF_USER) this.#ofUser.delete(oldest);
    return known;
  }
}

async function compile(device: GPUDevice, shader: Shader): Promise<GPUComputePipeline> {
  try {
    return await compileAlone(device, shader);
  } catch (error) {
    if (error instanceof ShaderError && error.line > 0) throw error; // a fault in the code, with its place
    throw await causeOf(device, error, shader.label);
  }
}

async function compileAlone(device: GPUDevice, { label, code, constants = {} }: Shader): Promise<GPUComputePipeline> {
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
