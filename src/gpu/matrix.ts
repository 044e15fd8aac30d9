import { DestroyedError } from "../errors.ts";
import type { Gpu } from "./gpu.ts";
import { readFloats } from "./read-back.ts";

/** Owns one buffer of float32 on the GPU: `batch` matrices of `rows` × `cols`, row-major, one behind the other. */
export class Matrix {
  readonly #gpu: Gpu;
  #buffer: GPUBuffer | undefined;

  constructor(
    gpu: Gpu,
    buffer: GPUBuffer,
    readonly rows: number,
    readonly cols: number,
    readonly batch: number,
  ) {
    this.#gpu = gpu;
    this.#buffer = buffer;
  }

  /** @throws DestroyedError after `destroy()`. */
  get buffer(): GPUBuffer {
    this.#gpu.assertAlive();
    if (!this.#buffer) throw new DestroyedError(`this ${this.rows}×${this.cols} matrix was destroyed`);
    return this.#buffer;
  }

  belongsTo(gpu: Gpu): boolean {
    return gpu === this.#gpu;
  }

  /** Copies the entries to the host: batch × rows × cols, row-major. */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    return readFloats(this.#gpu, this.buffer, this.batch * this.rows * this.cols);
  }

  destroy(): void {
    if (this.#buffer) this.#gpu.memory.free(this.#buffer);
    this.#buffer = undefined;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
