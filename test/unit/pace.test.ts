import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Flow, Pace, SUBMIT_MS } from "../../src/gpu/pace.ts";
import type { Step } from "../../src/gpu/schedule.ts";
import { stubDevice } from "../support/stub-device.ts";

const device = stubDevice({ adapterInfo: { architecture: "swiftshader" } });
const pipeline = (label: string) => ({ label }) as GPUComputePipeline;
const stepOf = (pipeline: GPUComputePipeline, work: number): Step => ({
  kind: "dispatch",
  pipeline,
  bindings: {} as GPUBindGroup,
  workgroups: [1, 1, 1],
  work,
});

/** Submits of steps that really take `stepMs` each, `submits` times over; how many steps the next submit would take. */
function fill(pace: Pace, step: Extract<Step, { kind: "dispatch" }>, stepMs: number, submits: number): number {
  for (let i = 0; i <= submits; i++) {
    const expected = pace.expect(step);
    const count = Math.max(1, Math.floor(SUBMIT_MS / expected));
    if (i === submits) return count;
    pace.record(new Map([[step.pipeline, count * expected]]), count * stepMs);
  }
  return Number.NaN;
}

describe("Pace", () => {
  test.each([0.1, 0.3, 7, 200])(
    "a submit of steps of %d ms comes to last about 50 ms, however wrong the guess",
    (stepMs) => {
      for (const work of [1, 2 ** 20, 2 ** 26]) {
        const step = stepOf(pipeline("a"), work) as Extract<Step, { kind: "dispatch" }>;
        const steps = fill(new Pace(device), step, stepMs, 40);
        expect(steps).toBeGreaterThanOrEqual(Math.max(1, Math.floor((0.8 * SUBMIT_MS) / stepMs)));
        expect(steps).toBeLessThanOrEqual(Math.max(1, Math.ceil((1.2 * SUBMIT_MS) / stepMs)));
      }
    },
  );

  test("a rate measured on small steps holds for large ones of the same pipeline", () => {
    const pace = new Pace(device);
    const one = pipeline("a");
    for (let i = 0; i < 20; i++) {
      const expected = pace.expect(stepOf(one, 2 ** 20));
      pace.record(new Map([[one, 10 * expected]]), 10 * 3);
    }
    expect(pace.expect(stepOf(one, 2 ** 20))).toBeCloseTo(3, 1);
    expect(pace.expect(stepOf(one, 2 ** 23))).toBeCloseTo(8 * 3, 0);
  });

  test("the first run of a pipeline does not count, as some drivers compile it then; before it 3 ms are expected", () => {
    const pace = new Pace(device);
    const one = pipeline("a");
    expect(pace.expect(stepOf(one, 1))).toBeGreaterThan(3);
    pace.record(new Map([[one, 3]]), 13_000);
    expect(pace.expect(stepOf(one, 1))).toBeLessThan(0.1);
  });

  test("one fast submit halves an expectation at most, and one too short to measure leaves it", () => {
    const pace = new Pace(device);
    const one = pipeline("a");
    pace.record(new Map([[one, 3]]), 3);
    const before = pace.expect(stepOf(one, 2 ** 24));
    pace.record(new Map([[one, 4]]), 0);
    expect(pace.expect(stepOf(one, 2 ** 24))).toBe(before);
    pace.record(new Map([[one, 40]]), 0);
    expect(pace.expect(stepOf(one, 2 ** 24))).toBeCloseTo(before / 2, 9);
  });

  test("one slow submit makes an expectation eight times as long at most", () => {
    const pace = new Pace(device);
    const one = pipeline("a");
    pace.record(new Map([[one, 3]]), 3);
    const before = pace.expect(stepOf(one, 2 ** 24));
    pace.record(new Map([[one, 40]]), 40_000);
    expect(pace.expect(stepOf(one, 2 ** 24))).toBeCloseTo(8 * before, 9);
  });

  test("in a submit of two pipelines the one that fills it is charged", () => {
    const pace = new Pace(device);
    const [long, short] = [pipeline("long"), pipeline("short")];
    pace.record(
      new Map([
        [long, 3],
        [short, 3],
      ]),
      6,
    );
    const [before, other] = [pace.expect(stepOf(long, 2 ** 24)), pace.expect(stepOf(short, 2 ** 24))];
    pace.record(
      new Map([
        [long, 39],
        [short, 1],
      ]),
      160,
    );
    expect(pace.expect(stepOf(long, 2 ** 24)) / before).toBeCloseTo(4 ** (39 / 40), 9);
    expect(pace.expect(stepOf(short, 2 ** 24)) / other).toBeCloseTo(4 ** (1 / 40), 9);
  });
});

describe("Flow", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What a flow records of submits that should take 50 ms, each begun, marked and answered at the given times. */
  function recorded(
    submits: readonly { begun: number; marked?: number; answered: number }[],
    latency: number,
  ): (number | undefined)[] {
    const flow = new Flow(device);
    const times: (number | undefined)[] = [];
    flow.pace.record = (_, ms) => times.push(ms);
    const ends: ((latency: number) => void)[] = [];
    const start = performance.now();
    const events = submits.flatMap(({ begun, marked = begun, answered }, i) => [
      { at: begun, act: () => flow.add(new Map([[pipeline("a"), 50]]), 50) },
      { at: marked, act: () => (ends[i] = flow.mark()) },
      { at: answered, act: () => ends[i]?.(latency) },
    ]);
    for (const { at, act } of events.sort((a, b) => a.at - b.at)) {
      const rest = start + at - performance.now();
      if (rest > 0) vi.advanceTimersByTime(rest); // else in the same turn of the event loop
      act();
    }
    vi.runAllTimers();
    return times;
  }

  test("the latency of an answer does not count as work", () => {
    expect(recorded([{ begun: 1, answered: 141 }], 100)).toEqual([40]);
  });

  test("a submit that waited for another began when that was done, and shares its latency", () => {
    const submits = [
      { begun: 1, answered: 151 },
      { begun: 2, answered: 201 },
    ];
    expect(recorded(submits, 100)).toEqual([50, 50]);
  });

  test("answers that come at once are charged with their time together", () => {
    const submits = [
      { begun: 1, answered: 151 },
      { begun: 2, answered: 151 },
      { begun: 3, answered: 151 },
    ];
    expect(recorded(submits, 1)).toEqual([149]);
  });

  test("after a rest the time begins with the next submit", () => {
    const submits = [
      { begun: 1, answered: 61 },
      { begun: 1001, answered: 1061 },
    ];
    expect(recorded(submits, 10)).toEqual([50, 50]);
  });

  test("the time of work is unknown where nobody waited for it, and where the device may have rested in it", () => {
    expect(recorded([{ begun: 1, marked: 5001, answered: 5002 }], 1)).toEqual([undefined]);
    const submits = [
      { begun: 1, marked: 5002, answered: 5052 },
      { begun: 5001, marked: 5002, answered: 5052 },
    ];
    expect(recorded(submits, 1)[0]).toBeUndefined();
  });

  test("all engines of a device share its flow", () => {
    expect(Flow.of(device)).toBe(Flow.of(device));
    expect(Flow.of(stubDevice({}))).not.toBe(Flow.of(device));
  });
});
