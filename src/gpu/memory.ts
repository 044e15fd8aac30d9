import { DestroyedError, LimitError } from "../errors.ts";

/** Bytes and buffers that an engine holds on its device. */
export interface MemoryUse {
  /** The sizes of all buffers and textures together. */
  readonly bytes: number;
  /** How many buffers and textures. */
  readonly buffers: number;
}

/** The data of a write to a buffer. */
export type Data = ArrayBuffer | Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Owns all buffers and textures of an engine: counts them, and frees the remaining ones when the engine is destroyed. */
export class Memory {
  readonly #live = new Map<GPUBuffer | GPUTexture, number>();
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
    return this.#count(buffer, size);
  }

  /** A texture of width × height texels of four f32, which the caller has found to be within the device's limits. */
  allocateTexels(label: string, size: readonly [width: number, height: number]): GPUTexture {
    const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST;
    return this.#count(
      this.device.createTexture({ label, size: [...size], format: "rgba32float", usage }),
      16 * size[0] * size[1],
    );
  }

  #count<R extends GPUBuffer | GPUTexture>(resource: R, bytes: number): R {
    this.#live.set(resource, bytes);
    this.#bytes += bytes;
    return resource;
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

  free(resource: GPUBuffer | GPUTexture): void {
    this.#bytes -= this.#live.get(resource) ?? 0;
    if (this.#live.delete(resource)) resource.destroy();
  }

  freeAll(): void {
    for (const resource of this.#live.keys()) this.free(resource);
  }
}

/**
 * Owns the buffers and textures of one operation. At its end it frees those that were not released, also where the operation fails.
 */
export class Arena {
  readonly #resources = new Set<GPUBuffer | GPUTexture>();

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

  /** A texture of width × height texels of four f32, which can be copied to. */
  texture(label: string, size: readonly [width: number, height: number]): GPUTexture {
    return this.#keep(this.memory.allocateTexels(label, size));
  }

  /** Takes `buffer` out of the arena: it outlives the operation, and the caller owns it. */
  release(buffer: GPUBuffer): GPUBuffer {
    this.#resources.delete(buffer);
    return buffer;
  }

  destroy(): void {
    for (const resource of this.#resources) this.memory.free(resource);
    this.#resources.clear();
  }

  #keep<R extends GPUBuffer | GPUTexture>(resource: R): R {
    this.#resources.add(resource);
    return resource;
  }
}
