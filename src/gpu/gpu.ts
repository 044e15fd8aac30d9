import { DestroyedError, type DeviceLostError, GpuError } from "../errors.ts";
import { answering, POLL_MS } from "./answering.ts";
import { causeOf, lossOf } from "./faults.ts";
import { Flow } from "./flow.ts";
import { Arena, Memory } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";

/** A device with all that the engine keeps for it: its buffers, its pipelines, and the work that is under way. */
export class Gpu {
  readonly memory: Memory;
  readonly pipelines: Pipelines;
  readonly flow: Flow;
  /** Resolves when the device is lost or destroyed. */
  readonly lost: Promise<DeviceLostError>;
  readonly #waiting = new Set<(error: DeviceLostError) => void>();
  #destroyed = false;
  #lostError: DeviceLostError | undefined;

  constructor(readonly device: GPUDevice) {
    this.memory = new Memory(device);
    this.pipelines = Pipelines.of(device);
    this.flow = Flow.of(device);
    this.lost = device.lost.then((info) => {
      const error = lossOf(info);
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
    promise.catch(() => {}); // told below, or it comes after the end of the device, where it means nothing
    this.assertAlive();
    let giveUp!: (error: DeviceLostError) => void;
    const lost = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([promise, lost]);
    } catch (error) {
      this.assertAlive();
      throw await causeOf(this.device, error);
    } finally {
      this.#waiting.delete(giveUp);
      this.assertAlive(); // whatever came of the wait: after the end of the device or of the engine it means nothing
    }
  }

  /**
   * Waits, as `orLost` does, for `answer`: a promise of the device that comes when all that was submitted so far is done.
   * Takes note of how long that took.
   *
   * Firefox looks for finished work each 100 ms (bug 1870699), and at each submit. An empty submit each 4 ms brings a wait
   * there from 100 to 5 … 9 ms; to be deleted when that bug is closed.
   */
  async answered<T>(answer: Promise<T>): Promise<T> {
    answer.catch(() => {});
    const noteEnd = this.flow.mark();
    const { slow, latency } = await this.orLost(answering(this.device));
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
   * Runs `work`, which must be synchronous, in error scopes: its result, and `check`, which rejects with a GpuError that
   * names the operation where the GPU found a fault in it.
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
      check.catch(() => {}); // where `work` itself fails, nobody else looks at it
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
    const faults = await this.orLost(Promise.all(scopes));
    const fault = faults.find((error) => error !== null);
    if (fault) throw await causeOf(this.device, new GpuError(`${operation}: ${fault.message}`));
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
