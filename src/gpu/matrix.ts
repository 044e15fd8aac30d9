import { DestroyedError } from "../errors.ts";
import type { Gpu, Operand } from "./gpu.ts";
import { floats, readBack } from "./read-back.ts";

/** float32, or the unevaluated sum of two float32 with about 48 bits. */
export type Precision = "single" | "extended";

/**
 * Owns `batch` matrices of `rows` × `cols` on the GPU, row-major, one behind the other: their float32 entries, and where
 * the precision is extended a second buffer with what the rounding to float32 lost.
 */
export class Matrix implements Operand {
  readonly #gpu: Gpu;
  #buffer: GPUBuffer | undefined;
  #low: GPUBuffer | undefined;
  readonly precision: Precision;

  constructor(
    gpu: Gpu,
    buffer: GPUBuffer,
    readonly rows: number,
    readonly cols: number,
    readonly batch: number,
    low?: GPUBuffer,
  ) {
    this.#gpu = gpu.on(this);
    this.#buffer = buffer;
    this.#low = low;
    this.precision = low ? "extended" : "single";
  }

  /** The entries rounded to float32. @throws DestroyedError after `destroy()`. */
  get buffer(): GPUBuffer {
    this.#gpu.assertAlive();
    return this.#buffer as GPUBuffer;
  }

  /** What the rounding lost, as many float32; undefined where the precision is single. */
  get low(): GPUBuffer | undefined {
    return this.#low;
  }

  belongsTo(gpu: Gpu): boolean {
    return gpu.memory === this.#gpu.memory;
  }

  assertNotDestroyed(): void {
    if (!this.#buffer) throw new DestroyedError(`this ${this.rows}×${this.cols} matrix was destroyed`);
  }

  /** Copies the entries, rounded to float32, to the host: batch × rows × cols, row-major. */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const [entries] = await readBack(this.#gpu, [floats(this.buffer, this.#length)]);
    return entries;
  }

  /** Copies the entries in full precision to the host: batch × rows × cols, row-major. */
  async readExtended(): Promise<Float64Array<ArrayBuffer>> {
    const length = this.#length;
    const planes = this.#low ? [this.buffer, this.#low] : [this.buffer];
    const [high, low] = await readBack(
      this.#gpu,
      planes.map((plane) => floats(plane, length)),
    );
    return Float64Array.from({ length }, (_, i) => (high?.[i] as number) + (low?.[i] ?? 0));
  }

  destroy(): void {
    for (const buffer of [this.#buffer, this.#low]) if (buffer) this.#gpu.memory.free(buffer);
    this.#buffer = undefined;
    this.#low = undefined;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  get #length(): number {
    return this.batch * this.rows * this.cols;
  }
}
