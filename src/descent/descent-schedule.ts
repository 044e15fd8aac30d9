import type { Step } from "../gpu/schedule.ts";
import type { Recorder } from "./recorder.ts";
import type { Walk } from "./walk.ts";

/** The commands of a descent. It counts the steps and the records of those that have been taken from it. */
export class DescentSchedule {
  /** Steps that are complete, and records that are made, once all commands taken so far have run. */
  reached: number;
  recorded = 0;
  /** Where it is set to true, the schedule ends after the step under way. */
  ended = false;

  constructor(
    readonly walk: Pick<Walk, "advance">,
    readonly recorders: Iterable<Pick<Recorder, "recording">>,
    readonly recordAt: readonly number[],
    from: number,
  ) {
    this.reached = from;
  }

  /** The commands from where it stands to step `end`: steps, and the records that are due between them. */
  *upTo(end: number): Generator<Step> {
    while (!this.ended) {
      if (this.recordAt[this.recorded] === this.reached) {
        for (const { recording } of this.recorders) yield* recording;
        this.recorded++;
      }
      if (this.reached >= end) return;
      const next = Math.min(end, this.recordAt[this.recorded] ?? end);
      for (const { command, completes } of this.walk.advance(next - this.reached)) {
        yield command;
        this.reached += completes;
        if (this.ended && completes > 0) return;
      }
    }
  }
}
