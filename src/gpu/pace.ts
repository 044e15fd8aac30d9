import { adapterKind } from "./device.ts";
import { onePerDevice } from "./once.ts";
import type { Step } from "./schedule.ts";

/** Milliseconds that one submit should keep the GPU busy: a page stays alive, and cancelling is quick. */
export const SUBMIT_MS = 50;

/** Milliseconds of a dispatch that does nothing: 18 µs on SwiftShader, on two cores. */
const DISPATCH_MS = 0.02;

/**
 * Multiply–adds of float32 in a millisecond, as a first guess: of a software adapter on two cores, and of a small GPU.
 */
const PER_MS = { software: 2 ** 20, gpu: 2 ** 28 };

/**
 * The least time that is expected of a dispatch before the first run of its pipeline. A submit then has at most 16 such
 * dispatches on a software adapter, so that a guess which is far too low makes no long submit. On a GPU it has at most
 * 128, because a submit costs more than a dispatch there.
 */
const UNKNOWN_MS = { software: SUBMIT_MS / 16, gpu: SUBMIT_MS / 128 };

/** A shorter time depends on the wait more than on the work. */
const MEASURABLE_MS = 5;

/** The least and the most that one submit changes an expectation by. */
const [LEAST_RATIO, MOST_RATIO] = [1 / 2, 8];

/** Milliseconds of some work, by pipeline. */
export type Load = Map<GPUComputePipeline, number>;

/** How long steps take on a device, learnt from earlier ones and kept for all later calls. */
export class Pace {
  /** Of pipelines that have run: how many times longer they take than was guessed. */
  readonly #factors = new WeakMap<GPUComputePipeline, number>();
  readonly #perMs: number;
  readonly #unknown: number;

  constructor(device: GPUDevice) {
    const kind = adapterKind(device) === "gpu" ? "gpu" : "software";
    this.#perMs = PER_MS[kind];
    this.#unknown = UNKNOWN_MS[kind];
  }

  /** Milliseconds that `step` should take. */
  expect(step: Step): number {
    if (step.kind !== "dispatch") return DISPATCH_MS;
    const guess = DISPATCH_MS + step.work / this.#perMs;
    const factor = this.#factors.get(step.pipeline);
    return factor === undefined ? Math.max(guess, this.#unknown) : factor * guess;
  }

  /**
   * Learns that work which was expected to take `load` took `ms`, or an unknown time. One submit halves an expectation
   * at most, so that a fast one does not cause a long one, and makes it eight times as long at most, so that a machine
   * which was busy with other things does not cause many short ones. The first run of a pipeline does not count,
   * because some drivers compile it then.
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

/** The submits of a device since the last mark. */
interface Group {
  readonly load: Load;
  /** Milliseconds that they should take. */
  expected: number;
  /** When the first and the last of them was submitted. */
  begun: number;
  latest: number;
  /** Whether the device may have been idle between two of them: the time that they took together is then not known. */
  rested: boolean;
}

/** Groups whose answers came in one turn of the event loop, and when the last of them came. */
interface Answers {
  readonly groups: Group[];
  at: number;
}

/**
 * The work that all engines together have submitted to a device and that is not done, and the measurement of its time.
 */
export class Flow {
  static readonly of = onePerDevice((device) => new Flow(device));
  readonly pace: Pace;
  #group: Group = emptyGroup();
  #answers: Answers | undefined;
  /** When the device last answered that it was done. */
  #done = 0;

  constructor(device: GPUDevice) {
    this.pace = new Pace(device);
  }

  /** Milliseconds of work that were submitted since the last mark. */
  get expected(): number {
    return this.#group.expected;
  }

  /** Counts a submit. */
  add(load: Load, expected: number): void {
    const group = this.#group;
    const now = performance.now();
    if (group.load.size === 0) group.begun = now;
    else if (now - group.latest > group.expected) group.rested = true;
    group.latest = now;
    group.expected += expected;
    addLoad(group.load, load);
  }

  /**
   * Marks the end of what was submitted so far. The caller calls the returned function, with the latency of the
   * device's answers, when the device has answered that this is done. Deno gives many answers at once: the work of all
   * of them is charged with the time that it took together.
   */
  mark(): (latency: number) => void {
    const group = this.#group;
    if (performance.now() - group.latest > group.expected) group.rested = true;
    this.#group = emptyGroup();
    return (latency) => {
      if (!this.#answers) {
        this.#answers = { groups: [], at: 0 };
        setTimeout(() => this.#charge(latency));
      }
      this.#answers.groups.push(group);
      this.#answers.at = performance.now();
    };
  }

  #charge(latency: number): void {
    const { groups, at } = this.#answers as Answers;
    this.#answers = undefined;
    const begun = Math.min(...groups.map((group) => group.begun));
    const load: Load = new Map();
    for (const group of groups) addLoad(load, group.load);
    // Work that waited for other work began when that was done. The answer to that came as late as this one does.
    const ms = at - Math.max(this.#done, begun) - (this.#done > begun ? 0 : latency);
    this.#done = at;
    this.pace.record(load, groups.some(({ rested }) => rested) ? undefined : ms);
  }
}

function addLoad(sum: Load, load: Load): void {
  for (const [pipeline, ms] of load) sum.set(pipeline, (sum.get(pipeline) ?? 0) + ms);
}

function emptyGroup(): Group {
  return { load: new Map(), expected: 0, begun: 0, latest: 0, rested: false };
}
