import { DivergedError, type Engine } from "../../src/index.ts";
import { describe } from "../shared/session.ts";
import type { Result } from "./computation.ts";

type PlayerStatus = "ready" | "running" | "paused" | "done" | "diverged" | "failed";

/** The longest time of a chunk: on slow adapters too, the picture changes at least this often. */
const CHUNK_MS = 300;
/** Each chunk adds this part of the steps done, so that frames are evenly spaced on a logarithmic axis. */
const GROWTH = 0.15;
const RECORDS_PER_CHUNK = 16;
/** The ratio of the loss to the first one that no stable rate reaches: the norm of the residual has doubled. */
const DIVERGED = 4;

/**
 * Gradient descent from w = 0 in growing chunks of steps on the GPU. Each chunk starts from the weights of the last one.
 * Calls `onChange` after each chunk and each change of status.
 */
export class DescentPlayer {
  status: PlayerStatus = "ready";
  /** Steps done. */
  step = 0;
  /** Why it diverged or failed. */
  message = "";
  stepsPerSecond = Number.NaN;
  /** Steps in the last chunk. In a short one, the call itself takes more time than the steps. */
  chunk = 0;
  output: Float32Array;
  readonly steps: number[] = [];
  readonly losses: number[] = [];
  #weights: Float32Array | undefined;
  #abort: AbortController | undefined;
  #work = Promise.resolve();
  #disposed = false;

  constructor(
    readonly engine: Engine,
    readonly result: Result,
    readonly onChange: (player: DescentPlayer) => void,
    /** The least time from one picture to the next. */
    readonly frameMs: number,
  ) {
    this.output = new Float32Array(result.y.length);
  }

  get target(): number {
    return this.result.iterations;
  }

  /** Runs until q, or until it is paused. */
  play(): void {
    this.#start(async (signal) => {
      while (this.step < this.target) {
        const frame = new Promise((resolve) => setTimeout(resolve, this.frameMs));
        const growing = Math.max(1, Math.floor(this.step * GROWTH));
        const affordable = Math.max(1, Math.floor((this.stepsPerSecond * CHUNK_MS) / 1000) || 1);
        await this.#advance(Math.min(growing, affordable, this.target - this.step), signal);
        if (this.status !== "running") return;
        await frame;
        signal.throwIfAborted();
      }
      this.#become("done");
    });
  }

  /** One step of gradient descent, also beyond q. */
  stepOnce(): void {
    this.#start(async (signal) => {
      await this.#advance(1, signal);
      if (this.status === "running") this.#become(this.step >= this.target ? "done" : "paused");
    });
  }

  /** Stops at the last finished chunk, and aborts what is under way on the GPU. */
  pause(): void {
    this.#abort?.abort();
  }

  /** Ends the run. Resolves when it no longer uses the GPU. */
  dispose(): Promise<void> {
    this.#disposed = true;
    this.pause();
    return this.#work;
  }

  #start(run: (signal: AbortSignal) => Promise<void>): void {
    if (this.#disposed || this.status === "running" || this.status === "diverged") return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#become("running");
    this.#work = run(abort.signal).catch((error: unknown) => {
      if (abort.signal.aborted) this.#become("paused");
      else if (error instanceof DivergedError) this.#diverge(this.step + error.step);
      else {
        this.message = describe(error);
        this.#become("failed");
      }
    });
  }

  async #advance(count: number, signal: AbortSignal): Promise<void> {
    const stride = Math.ceil(count / RECORDS_PER_CHUNK);
    const recordAt = Array.from({ length: count + 1 }, (_, i) => i).filter((i) => i === count || i % stride === 0);
    const { matrix } = this.result.basis;
    const start = performance.now();
    const { weights, prediction, recordedAt, losses } = await this.engine.descend(matrix, this.result.y, {
      learningRate: this.result.learningRate,
      iterations: count,
      recordAt,
      signal,
      ...(this.#weights && { initialWeights: this.#weights }),
    });
    if (this.#disposed) return;
    this.stepsPerSecond = (1000 * count) / (performance.now() - start);
    recordedAt.forEach((at, i) => {
      if (at === 0 && this.step > 0) return; // the last record of the chunk before
      this.steps.push(this.step + at);
      this.losses.push(losses[i] ?? Number.NaN);
    });
    this.step += count;
    this.chunk = count;
    this.#weights = weights;
    this.output = prediction;
    const limit = DIVERGED * (this.losses[0] ?? 0);
    const fault = this.losses.findIndex((loss) => !(loss <= limit));
    if (fault >= 0) this.#diverge(this.steps[fault] ?? this.step);
    else this.#changed();
  }

  #diverge(step: number): void {
    this.message = `Diverged at step ${step}: the residual is more than twice what it was at the start.`;
    this.#become("diverged");
  }

  #become(status: PlayerStatus): void {
    this.status = status;
    this.#changed();
  }

  #changed(): void {
    if (!this.#disposed) this.onChange(this);
  }
}
