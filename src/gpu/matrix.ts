import { DestroyedError } from "../errors.ts";
import type { Gpu } from "./gpu.ts";
import { floats, readBack } from "./read-back.ts";

/**
 * Entries of extended precision are high + low / LOW_SCALE: `low` is what rounding to float32 lost, 24 bits further up.
 * It is then no larger than `high`, and below float32's normal numbers, which a GPU may take as zero, only where `high`
 * nearly is. Kernels that write it take the override `low_scale`, those that read it `low_unit`, its inverse.
 */
export const LOW_SCALE = 2 ** 24;

/** The two buffers' contents for entries within float32's range. */
export function splitEntries(values: ArrayLike<number>): {
  high: Float32Array<ArrayBuffer>;
  low: Float32Array<ArrayBuffer>;
} {
  const high = Float32Array.from(values);
  return { high, low: high.map((entry, i) => LOW_SCALE * ((values[i] as number) - entry)) };
}

/** The entries that the two buffers hold. */
export function joinEntries(high: Float32Array, low: Float32Array): Float64Array<ArrayBuffer> {
  return Float64Array.from(high, (entry, i) => entry + (low[i] as number) / LOW_SCALE);
}

/** float32, or the unevaluated sum of two float32 with about 48 bits. */
export type Precision = "single" | "extended";

/** What a matrix is made of; `low` makes its precision extended. */
interface Contents {
  readonly rows: number;
  readonly cols: number;
  readonly batch: number;
  readonly buffer: GPUBuffer;
  readonly low?: GPUBuffer | undefined;
}

/**
 * Owns `batch` matrices of `rows` × `cols` on the GPU, row-major, one behind the other: their float32 entries, and where
 * the precision is extended a second buffer with what the rounding to float32 lost, times `LOW_SCALE`.
 */
export class Matrix {
  readonly rows: number;
  readonly cols: number;
  /** How many matrices. */
  readonly batch: number;
  readonly precision: Precision;
  readonly #gpu: Gpu;
  #buffer: GPUBuffer | undefined;
  #low: GPUBuffer | undefined;

  private constructor(gpu: Gpu, { rows, cols, batch, buffer, low }: Contents) {
    this.rows = rows;
    this.cols = cols;
    this.batch = batch;
    this.precision = low ? "extended" : "single";
    this.#gpu = gpu.on(this);
    this.#buffer = buffer;
    this.#low = low;
  }

  /** @internal Takes over the buffers. */
  static create(gpu: Gpu, contents: Contents): Matrix {
    return new Matrix(gpu, contents);
  }

  /** The entries rounded to float32. @throws DestroyedError after `destroy()`. */
  get buffer(): GPUBuffer {
    this.#gpu.assertAlive();
    return this.#buffer as GPUBuffer;
  }

  /** What the rounding lost, times `LOW_SCALE`, as many float32; undefined where the precision is single. */
  get low(): GPUBuffer | undefined {
    return this.#low;
  }

  /** @internal */
  belongsTo(gpu: Gpu): boolean {
    return gpu.memory === this.#gpu.memory;
  }

  /** @internal */
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
    if (!this.#low) return Float64Array.from(await this.read());
    const [high, low] = await readBack(this.#gpu, [floats(this.buffer, length), floats(this.#low, length)]);
    return joinEntries(high, low);
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
