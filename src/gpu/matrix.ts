import { DestroyedError } from "../errors.ts";
import type { Gpu } from "./gpu.ts";
import { floats, readBack } from "./read-back.ts";

/**
 * Entries of extended precision are high + low / LOW_SCALE, where `low` is what rounding to float32 lost, times 2²⁴. It
 * is then of the size of `high`, and becomes a subnormal number, which a GPU may take as 0, only where `high` nearly is
 * one. Kernels that write it take the override `low_scale`, those that read it take `low_unit`, its inverse.
 */
export const LOW_SCALE = 2 ** 24;

/** What the two buffers hold for entries within float32's range. */
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
 * `batch` matrices of `rows` × `cols` on the GPU; an engine makes them.
 *
 * Owns one buffer of float32, `buffer`: row-major, one matrix after the other, without gaps. Entry (i, j) of matrix k
 * is number (k·rows + i)·cols + j. Where `precision` is "extended" it owns a second buffer, `low`, with the same
 * layout. The usage of both is STORAGE, COPY_SRC and COPY_DST, and their size 4 bytes an entry, at least 16: shaders
 * and copies of your own may read and write them.
 *
 * Lives until its `destroy()`, or that of the engine, which counts its bytes in `memory` until then. U and V of an SVD
 * are two such matrices: the `destroy()` of the SVD frees both. Afterwards every use is a DestroyedError, except of the
 * sizes.
 */
export class Matrix {
  /** N, the rows of each matrix. */
  readonly rows: number;
  /** M, the columns of each matrix. */
  readonly cols: number;
  /** How many matrices. */
  readonly batch: number;
  /** Whether there is a second buffer, `low`. */
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

  /** The entries, rounded to float32. @throws DestroyedError after the end of the matrix or of its engine. */
  get buffer(): GPUBuffer {
    this.#gpu.assertAlive();
    return this.#buffer as GPUBuffer;
  }

  /**
   * What rounding to float32 lost, times 2²⁴, as float32; undefined where the precision is single.
   * @throws DestroyedError as `buffer`.
   */
  get low(): GPUBuffer | undefined {
    this.#gpu.assertAlive();
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

  /**
   * Copies the entries to the host, rounded to float32: batch × rows × cols, row-major.
   * @throws DestroyedError as `buffer`, also where it comes before the copy is done; DeviceLostError.
   */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const [entries] = await readBack(this.#gpu, [floats(this.buffer, this.#length)]);
    return entries;
  }

  /**
   * Copies the entries to the host in float64: batch × rows × cols, row-major. Extended entries have about 48 bits.
   * @throws as `read`.
   */
  async readExtended(): Promise<Float64Array<ArrayBuffer>> {
    const length = this.#length;
    if (!this.#low) return Float64Array.from(await this.read());
    const [high, low] = await readBack(this.#gpu, [floats(this.buffer, length), floats(this.#low, length)]);
    return joinEntries(high, low);
  }

  /** Frees the buffers; a second time does nothing. */
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
