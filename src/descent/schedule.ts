import type { Step } from "../gpu/schedule.ts";
import type { Recorder } from "./recorder.ts";
import type { Walk } from "./walk.ts";

/** The commands of a descent, and how far those that have been taken lead. */
export class DescentSchedule {
  /** Steps that are complete, and records made, once all commands taken so far have run. */
  reached: number;
  recorded = 0;
  /** Set to end the schedule at the next step. */
  ended = false;

  constructor(
    readonly walk: Pick<Walk, "advance">,
    readonly recorders: readonly Pick<Recorder, "measuring" | "recording">[],
    readonly recordAt: readonly number[],
    from: number,
  ) {
    this.reached = from;
  }

  /** The commands from where it stands to step `end`: records where they are due, and the steps between them. */
  *upTo(end: number): Generator<Step> {
    while (!this.ended) {
      if (this.recordAt[this.recorded] === this.reached) {
        for (const { measuring, recording } of this.recorders) {
          yield* measuring;
          yield* recording;
        }
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
