import { DestroyedError, DeviceLostError, GpuError } from "../errors.ts";
import { Arena, Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";

/** A device with all that the engine keeps for it: the buffers it has made and the pipelines it has compiled. */
export class Gpu {
  readonly memory: Memory;
  readonly pipelines: Pipelines;
  /** Resolves when the device is lost or destroyed. */
  readonly lost: Promise<DeviceLostError>;
  readonly #waiting = new Set<(error: DeviceLostError) => void>();
  #destroyed = false;
  #lostError: DeviceLostError | undefined;

  constructor(readonly device: GPUDevice) {
    this.memory = new Memory(device);
    this.pipelines = Pipelines.of(device);
    this.lost = device.lost.then(({ reason, message }) => {
      const error = new DeviceLostError(`the GPU device was lost (${reason}): ${message}`);
      this.#lostError = error;
      for (const reject of this.#waiting) reject(error);
      return error;
    });
  }

  /** @throws DestroyedError after `destroy()`, DeviceLostError after the device is gone. */
  assertAlive(): void {
    if (this.#destroyed) throw new DestroyedError("this engine was destroyed");
    if (this.#lostError) throw this.#lostError;
  }

  /**
   * Waits for `promise`; rejects with DeviceLostError as soon as the device is lost, instead of waiting for ever, and with
   * DestroyedError where the engine was destroyed meanwhile.
   */
  async orLost<T>(promise: Promise<T>): Promise<T> {
    this.assertAlive();
    let giveUp!: (error: DeviceLostError) => void;
    const lost = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([promise, lost]);
    } finally {
      this.#waiting.delete(giveUp);
      this.assertAlive(); // whatever came of the wait: after the end of the device or of the engine it means nothing
    }
  }

  /**
   * Runs `work`, which must be synchronous, in error scopes, so that a fault of the GPU surfaces at the call that
   * caused it. @throws GpuError that names the operation.
   */
  async guard<T>(operation: string, work: () => T): Promise<T> {
    this.assertAlive();
    const filters = ["validation", "out-of-memory", "internal"] as const;
    for (const filter of filters) this.device.pushErrorScope(filter);
    let result: T;
    let scopes: Promise<GPUError | null>[];
    try {
      result = work();
    } finally {
      scopes = filters.map(() => this.device.popErrorScope());
    }
    const faults = await this.orLost(Promise.all(scopes));
    const fault = faults.find((error) => error !== null);
    if (fault) throw new GpuError(`${operation}: ${fault.message}`);
    return result;
  }

  /** An arena that the caller ends. */
  arena(): Arena {
    this.assertAlive();
    return new Arena(this.memory);
  }

  /** Runs `work` with an arena for its buffers, which ends with it, whatever happens. */
  async withArena<T>(work: (arena: Arena) => Promise<T>): Promise<T> {
    const arena = this.arena();
    try {
      return await work(arena);
    } finally {
      arena.destroy();
    }
  }

  /** Frees all buffers; the device itself belongs to whoever made it. */
  destroy(): void {
    this.#destroyed = true;
    this.memory.freeAll();
  }
}
