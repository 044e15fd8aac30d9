import { type Load, Pace } from "./pace.ts";

/** The submits of a device since the last mark. */
interface Group {
  readonly load: Load;
  /** Milliseconds that they should take. */
  expected: number;
  /** When the first and the last of them was submitted. */
  begun: number;
  latest: number;
  /** Whether the device may have been idle between two of them: what they took together is then not known. */
  rested: boolean;
}

/** Groups whose answers came in one turn of the event loop, and when the last of them came. */
interface Answers {
  readonly groups: Group[];
  at: number;
}

/** The work that is on its way on a device, of all engines together, and how long it takes. */
export class Flow {
  static readonly #ofDevice = new WeakMap<GPUDevice, Flow>();
  readonly pace: Pace;
  #group: Group = emptyGroup();
  #answers: Answers | undefined;
  /** When the device was last known to be done. */
  #done = 0;

  constructor(device: GPUDevice) {
    this.pace = new Pace(device);
  }

  static of(device: GPUDevice): Flow {
    let flow = Flow.#ofDevice.get(device);
    if (!flow) {
      flow = new Flow(device);
      Flow.#ofDevice.set(device, flow);
    }
    return flow;
  }

  /** Milliseconds of work that were submitted since the last mark. */
  get expected(): number {
    return this.#group.expected;
  }

  /** Takes note of a submit. */
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
   * Marks the end of what was submitted so far; to call what comes back when the device has answered that it is done with
   * that, with the latency of its answers. Deno gives many answers at once: they are charged with their time together.
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
    // Work that waited for other work began when that was done, of which the device told as late as of this.
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
