import { type Load, Pace } from "./pace.ts";

/** The submits of a device since the last time it was known to be done with all of them. */
interface Group {
  readonly load: Load;
  /** Milliseconds that they should take. */
  expected: number;
  /** When the first of them was submitted. */
  begun: number;
}

/** What is on its way on a device, and how long it takes: the pace of later submits comes of it. */
export class Flow {
  readonly pace: Pace;
  #group: Group = emptyGroup();
  /** When the device was last known to be done. */
  #done = 0;

  constructor(device: GPUDevice) {
    this.pace = Pace.of(device);
  }

  /** Milliseconds of work that were submitted since the last mark. */
  get expected(): number {
    return this.#group.expected;
  }

  /** Takes note of a submit. */
  add(load: Load, expected: number): void {
    const group = this.#group;
    if (group.expected === 0) group.begun = performance.now();
    group.expected += expected;
    for (const [pipeline, ms] of load) group.load.set(pipeline, (group.load.get(pipeline) ?? 0) + ms);
  }

  /**
   * Marks the end of what was submitted so far; to call what comes back when the device has answered that it is done with
   * that, with the latency of its answers.
   */
  mark(): (latency: number) => void {
    const group = this.#group;
    this.#group = emptyGroup();
    return (latency) => {
      const now = performance.now();
      // Work that waited for other work began when that was done, of which the device told as late as of this.
      const waited = this.#done > group.begun;
      const ms = now - Math.max(this.#done, group.begun) - (waited ? 0 : latency);
      this.#done = now;
      if (group.expected > 0) this.pace.record(group.load, ms);
    };
  }
}

function emptyGroup(): Group {
  return { load: new Map(), expected: 0, begun: 0 };
}
