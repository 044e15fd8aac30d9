import { DestroyedError, LimitError } from "../errors.ts";

/** Bytes and buffers that an engine holds on its device. */
export interface MemoryUse {
  /** The sizes of all buffers together. */
  readonly bytes: number;
  /** How many buffers. */
  readonly buffers: number;
}

/** The data of a write to a buffer. */
export type Data = ArrayBuffer | Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Owns all buffers of an engine: counts them, and frees the remaining ones when the engine is destroyed. */
export class Memory {
  readonly #live = new Set<GPUBuffer>();
  #bytes = 0;

  constructor(readonly device: GPUDevice) {}

  get use(): MemoryUse {
    return { bytes: this.#bytes, buffers: this.#live.size };
  }

  /** @throws LimitError where `bytes` exceeds the device's limit for a buffer, or for a storage buffer. */
  assertAllowed(label: string, bytes: number, usage: GPUBufferUsageFlags = GPUBufferUsage.STORAGE): void {
    const limits = [
      "maxBufferSize",
      ...(usage & GPUBufferUsage.STORAGE ? ["maxStorageBufferBindingSize" as const] : []),
    ] as const;
    for (const limit of limits) {
      const allowed = this.device.limits[limit];
      if (bytes > allowed) throw new LimitError(`${label} of ${bytes} bytes`, limit, bytes, allowed);
    }
  }

  /** A zeroed buffer of at least `bytes` bytes (never empty). @throws LimitError where the device allows less. */
  allocate(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    this.assertAllowed(label, size, usage);
    const buffer = this.device.createBuffer({ label, size, usage });
    this.#live.add(buffer);
    this.#bytes += size;
    return buffer;
  }

  /**
   * Writes `data` from byte `offset` on. Empty data is not written, because Deno panics on it.
   * @throws DestroyedError where the buffer was freed: on a caller's device the write would be an error that nobody catches.
   */
  write(buffer: GPUBuffer, data: Data, offset = 0): void {
    if (!this.#live.has(buffer))
      throw new DestroyedError(`buffer "${buffer.label}" was freed: this engine was destroyed`);
    if (data.byteLength > 0) this.device.queue.writeBuffer(buffer, offset, data);
  }

  free(buffer: GPUBuffer): void {
    if (!this.#live.delete(buffer)) return;
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  freeAll(): void {
    for (const buffer of this.#live) this.free(buffer);
  }
}

/**
 * Owns the buffers of one operation. At its end it frees those that were not released, also where the operation fails.
 */
export class Arena {
  readonly #buffers = new Set<GPUBuffer>();

  constructor(readonly memory: Memory) {}

  /** A zeroed storage buffer that can be copied from and to. */
  storage(label: string, bytes: number): GPUBuffer {
    return this.#keep(
      this.memory.allocate(label, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST),
    );
  }

  /** A storage buffer that holds `data`. */
  upload(label: string, data: Data): GPUBuffer {
    const buffer = this.storage(label, data.byteLength);
    this.memory.write(buffer, data);
    return buffer;
  }

  /** A uniform buffer that holds `data`. */
  uniform(label: string, data: ArrayBuffer): GPUBuffer {
    const buffer = this.#keep(
      this.memory.allocate(label, data.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST),
    );
    this.memory.write(buffer, data);
    return buffer;
  }

  /** A buffer that the host can map to read what was copied into it. */
  staging(label: string, bytes: number): GPUBuffer {
    return this.#keep(this.memory.allocate(label, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST));
  }

  /** Takes `buffer` out of the arena: it outlives the operation, and the caller owns it. */
  release(buffer: GPUBuffer): GPUBuffer {
    this.#buffers.delete(buffer);
    return buffer;
  }

  destroy(): void {
    for (const buffer of this.#buffers) this.memory.free(buffer);
    this.#buffers.clear();
  }

  #keep(buffer: GPUBuffer): GPUBuffer {
    this.#buffers.add(buffer);
    return buffer;
  }
}
