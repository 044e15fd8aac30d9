import { adapterKind } from "./device.ts";
import type { Step } from "./schedule.ts";

/** One submit should keep the GPU busy about this long: a page stays alive, and cancelling is quick. */
export const SUBMIT_MS = 50;

/** Milliseconds of a dispatch that does nothing: 18 µs on SwiftShader, on two cores. */
const DISPATCH_MS = 0.02;

/** Multiply–adds of float32 in a millisecond, as a first guess: of a software adapter on two cores, and of a small GPU. */
const PER_MS = { software: 2 ** 20, gpu: 2 ** 28 };

/** A pipeline that has never run counts as this much at least: a guess that is far too low makes no long submit. */
const UNKNOWN_MS = SUBMIT_MS / 16;

/** What is shorter is told by the wait more than by the work. */
const MEASURABLE_MS = 5;

/** The least and the most that one submit changes an expectation by. */
const [LEAST_RATIO, MOST_RATIO] = [1 / 2, 8];

/** Milliseconds of some work, by pipeline. */
export type Load = Map<GPUComputePipeline, number>;

/** How long steps take on a device, as told by how long earlier ones took: known once, it serves every later call. */
export class Pace {
  /** Of pipelines that have run: how many times longer they take than was guessed. */
  readonly #factors = new WeakMap<GPUComputePipeline, number>();
  readonly #perMs: number;

  constructor(device: GPUDevice) {
    this.#perMs = adapterKind(device) === "gpu" ? PER_MS.gpu : PER_MS.software;
  }

  /** Milliseconds that `step` should take. */
  expect(step: Step): number {
    if (step.kind !== "dispatch") return DISPATCH_MS;
    const guess = DISPATCH_MS + step.work / this.#perMs;
    const factor = this.#factors.get(step.pipeline);
    return factor === undefined ? Math.max(guess, UNKNOWN_MS) : factor * guess;
  }

  /**
   * Takes note that what was to take `load` took `ms`, undefined where that is not known. An expectation falls to half at most, so that one fast submit does
   * not cause a long one, and grows eightfold at most, lest a machine that was busy elsewhere make many short ones. The first run of a pipeline is not counted: some drivers compile it then.
   */
  record(load: Load, ms: number | undefined): void {
    const fresh = [...load.keys()].filter((pipeline) => !this.#factors.has(pipeline));
    for (const pipeline of fresh) this.#factors.set(pipeline, 1);
    const expected = [...load.values()].reduce((sum, part) => sum + part, 0);
    if (ms === undefined || fresh.length > 0 || Math.max(expected, ms) < MEASURABLE_MS) return;
    const ratio = Math.min(MOST_RATIO, Math.max(LEAST_RATIO, ms / expected));
    for (const [pipeline, part] of load) {
      this.#factors.set(pipeline, (this.#factors.get(pipeline) as number) * ratio ** (part / expected));
    }
  }
}
