import { type DeviceLostError, GpuError, SpectralError } from "../errors.ts";
import { causeOf, Life } from "./life.ts";
import { Arena, Memory } from "./memory.ts";
import { Flow } from "./pace.ts";
import { Pipelines, type Shader } from "./pipelines.ts";
import { type Answering, answering, POLL_MS } from "./waits.ts";

/** A matrix or an operator of a call, whose owner may destroy it meanwhile. */
export interface Operand {
  /** @throws DestroyedError after its `destroy()`. */
  assertNotDestroyed(): void;
}

/**
 * A device with all that an engine keeps for it: its buffers, its pipelines, and the work that is under way. A call
 * that works on matrices or operators uses `on(…)` of them: once one of these is destroyed, no command is submitted and
 * every wait rejects.
 */
export class Gpu {
  readonly #life: Life;
  readonly #operands: readonly Operand[];
  readonly flow: Flow;
  readonly pipelines = { get: (shader: Shader) => this.orLost(Pipelines.of(this.device).get(shader), shader.label) };

  /** `tuning` names a shape for some parts of the engine, as `shapesOf` understands it. */
  constructor(
    readonly device: GPUDevice,
    readonly tuning: Readonly<Record<string, string>> = {},
    readonly memory: Memory = new Memory(device),
    life: Life = new Life(device),
    operands: readonly Operand[] = [],
  ) {
    this.flow = Flow.of(device);
    this.#life = life;
    this.#operands = operands;
  }

  /** The same GPU, whose kernels take the shapes that `tuning` names. */
  tuned(tuning: Readonly<Record<string, string>>): Gpu {
    return new Gpu(this.device, tuning, this.memory, this.#life, this.#operands);
  }

  /** The same GPU, for a call on these operands. */
  on(...operands: readonly Operand[]): Gpu {
    return new Gpu(this.device, this.tuning, this.memory, this.#life, operands);
  }

  /** Resolves when the device is lost or destroyed. */
  get lost(): Promise<DeviceLostError> {
    return this.#life.lost;
  }

  /** @throws DestroyedError where the engine or an operand was destroyed, DeviceLostError after the device is gone. */
  assertAlive(): void {
    this.#life.assertAlive();
    for (const operand of this.#operands) operand.assertNotDestroyed();
  }

  /**
   * Waits for `promise`, which is one of the device's. Rejects with DeviceLostError as soon as the device is lost,
   * instead of waiting for ever, and with DestroyedError where the engine or an operand was destroyed meanwhile.
   */
  async orLost<T>(promise: Promise<T>, operation = "a wait for the GPU"): Promise<T> {
    promise.catch(() => {}); // thrown below, or meaningless after the end of the device
    this.assertAlive();
    try {
      return await this.#life.race(promise);
    } catch (error) {
      this.assertAlive();
      throw error instanceof SpectralError ? error : await causeOf(this.device, error, operation);
    } finally {
      this.assertAlive(); // a result has no use once the engine or an operand is destroyed
    }
  }

  /** How the device answers, measured once. */
  answering(): Promise<Answering> {
    return this.orLost(answering(this.device));
  }

  /**
   * Waits, as `orLost` does, for `answer`: a promise of the device that resolves when all that was submitted so far is
   * done. Records how long that took.
   *
   * Firefox looks for finished work each 100 ms (bug 1870699), and at each submit. An empty submit each 4 ms shortens a
   * wait there from 100 to 5 … 9 ms. Delete this when that bug is closed.
   */
  async answered<T>(answer: Promise<T>): Promise<T> {
    answer.catch(() => {});
    const noteEnd = this.flow.mark();
    const { slow, latency } = await this.answering();
    const poll = slow ? setInterval(() => this.device.queue.submit([]), POLL_MS) : undefined;
    try {
      const value = await this.orLost(answer);
      noteEnd(latency);
      return value;
    } finally {
      clearInterval(poll);
    }
  }

  /**
   * Runs `work`, which must be synchronous, in error scopes. Returns its result, and `check`, which rejects with a
   * GpuError that names the operation where the GPU found a fault in it.
   */
  scoped<T>(operation: string, work: () => T): { result: T; check: Promise<void> } {
    this.assertAlive();
    const filters = ["validation", "out-of-memory", "internal"] as const;
    for (const filter of filters) this.device.pushErrorScope(filter);
    let result: T;
    let check: Promise<void>;
    try {
      result = work();
    } finally {
      check = this.#check(
        operation,
        filters.map(() => this.device.popErrorScope()),
      );
      check.catch(() => {}); // where `work` itself throws, nobody awaits it
    }
    return { result, check };
  }

  /**
   * Runs `work`, which must be synchronous, in error scopes, so that a fault of the GPU surfaces at the call that
   * caused it. @throws GpuError that names the operation.
   */
  async guard<T>(operation: string, work: () => T): Promise<T> {
    const { result, check } = this.scoped(operation, work);
    await check;
    return result;
  }

  async #check(operation: string, scopes: readonly Promise<GPUError | null>[]): Promise<void> {
    const faults = await this.orLost(Promise.all(scopes), operation);
    const fault = faults.find((error) => error !== null);
    if (fault) throw await causeOf(this.device, new GpuError(`${operation}: ${fault.message}`), operation);
  }

  /** An arena that the caller destroys. */
  arena(): Arena {
    this.assertAlive();
    return new Arena(this.memory);
  }

  /** Runs `work` with an arena for its buffers, and destroys the arena after it, also where it fails. */
  async withArena<T>(work: (arena: Arena) => Promise<T>): Promise<T> {
    const arena = this.arena();
    try {
      return await work(arena);
    } finally {
      arena.destroy();
    }
  }

  /** Frees all buffers, but not the device: that belongs to its maker. */
  destroy(): void {
    this.#life.end();
    this.memory.freeAll();
  }
}
