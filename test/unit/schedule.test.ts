import { describe, expect, test } from "vitest";
import { ACTIVATION_WORK } from "../../shaders/shared/activations.ts";
import { DescentSchedule } from "../../src/descent/descent-schedule.ts";
import { planRuns } from "../../src/descent/runs.ts";
import { wholeStep } from "../../src/descent/walk.ts";
import type { Step } from "../../src/gpu/schedule.ts";
import { elementGrid, splitWork, stepWork } from "../../src/gpu/workgroups.ts";
import { workingLayout } from "../../src/svd/working-matrix.ts";
import { stubDevice } from "../support/stub-device.ts";

describe("schedule of a descent", () => {
  const step = (): Step => ({ kind: "clear", buffer: {} as GPUBuffer });
  const [first, second, measuring, recording] = [step(), step(), step(), step()];
  const names = new Map<Step, string>([
    [first, "a"],
    [second, "b"],
    [measuring, "m"],
    [recording, "r"],
  ]);
  // A step of two commands.
  const walk = {
    *advance(count: number) {
      for (let i = 0; i < count; i++) {
        yield { command: first, completes: 0 };
        yield { command: second, completes: 1 };
      }
    },
  };
  const recorders = [{ recording: [measuring, recording] }];
  const begin = (recordAt: number[], from = 0) => new DescentSchedule(walk, recorders, recordAt, from);
  const spelt = (commands: Iterable<Step>) => [...commands].map((one) => names.get(one)).join("");

  test("an abort may end a schedule before a step, and not within it, whatever its commands are", () => {
    const [source, target] = [{} as GPUBuffer, {} as GPUTexture];
    const copy: Step = { kind: "copy to texels", source, target, vec4s: 1 };
    const commands = wholeStep([copy, step(), copy]).map(({ command }) => command);
    expect(commands.map(({ within = false }) => within)).toEqual([false, true, true]);
  });

  test("steps, and records between them where they are due", () => {
    expect(spelt(begin([]).upTo(0))).toBe("");
    expect(spelt(begin([0]).upTo(0))).toBe("mr");
    expect(spelt(begin([3]).upTo(3))).toBe("abababmr");
    expect(spelt(begin([0, 2]).upTo(3))).toBe("mrababmrab");
    expect(spelt(begin([12], 10).upTo(12))).toBe("ababmr");
  });

  test("continues where it was, and records no step twice", () => {
    const schedule = begin([1, 2, 3]);
    expect(spelt(schedule.upTo(2))).toBe("abmrabmr");
    expect(schedule.reached).toBe(2);
    expect(schedule.recorded).toBe(2);
    expect(spelt(schedule.upTo(3))).toBe("abmr");
  });

  test("a step counts once its last command has been taken, and an ended schedule finishes it", () => {
    const schedule = begin([]);
    const commands = schedule.upTo(3);
    for (let taken = 0; taken < 4; taken++) commands.next(); // the fourth is the last of the second step
    expect(schedule.reached).toBe(1);
    schedule.ended = true;
    expect(commands.next().done).toBe(true);
    expect(schedule.reached).toBe(2);
  });
});

describe("planRuns", () => {
  const shape = { rows: 2, cols: 3, batch: 1 };
  const memory = { assertAllowed: () => {} };

  test("targets and weights given once are those of every run", () => {
    const options = { learningRate: [0.5, 0.25], iterations: 4, initialWeights: [7, 8, 9] };
    const plan = planRuns(shape, [1, 2], options, memory);
    expect(plan).toMatchObject({ runs: 2, iterations: 4, recordAt: [4] });
    expect(Array.from(plan.targets)).toEqual([1, 2, 1, 2]);
    expect(Array.from(plan.weights)).toEqual([7, 8, 9, 7, 8, 9]);
    expect(plan.methods.map(({ name, stableBelow }) => [name, stableBelow])).toEqual([
      ["gradientDescent", 4],
      ["gradientDescent", 8],
    ]);
  });

  test("a batch of matrices counts as runs", () => {
    expect(planRuns({ ...shape, batch: 5 }, [1, 2], { learningRate: 1, iterations: 0 }, memory).runs).toBe(5);
    expect(() => planRuns({ ...shape, batch: 5 }, [1, 2, 3, 4], { learningRate: 1, iterations: 0 }, memory)).toThrow(
      "2 targets y given, 1 or as many as there are runs (5) expected",
    );
  });
});

describe("layouts", () => {
  test("a grid covers its elements and keeps within 65535 a dimension", () => {
    for (const elements of [0, 1, 64, 65, 65535 * 64, 65535 * 64 + 1, 10 ** 9]) {
      const [x, y, z] = elementGrid(elements);
      expect(x * y * 64).toBeGreaterThanOrEqual(elements);
      expect(Math.max(x, y)).toBeLessThanOrEqual(65535);
      expect(z).toBe(1);
    }
  });

  test("the working matrix has the shorter side as rows, in an even number of blocks of 16", () => {
    expect(workingLayout(5, 9, 1, true)).toMatchObject({
      transposed: false,
      rows: 5,
      blocks: 2,
      cols: 3,
      rowStride: 5,
    });
    expect(workingLayout(70, 33, 2, false)).toMatchObject({
      transposed: true,
      rows: 33,
      blocks: 4,
      cols: 18,
      rowStride: 18,
    });
    expect(workingLayout(0, 4, 1, true)).toMatchObject({ rows: 0, blocks: 0 });
  });
});

test("an activation matrix of 4096² takes at most ten dispatches on a GPU, and many short ones on a CPU", () => {
  const dispatches = (description: string) =>
    splitWork(4096 ** 2, ACTIVATION_WORK, stepWork(stubDevice({ adapterInfo: { description } }))).length;
  expect(dispatches("a GPU")).toBeLessThanOrEqual(10);
  expect(dispatches("SwiftShader")).toBeGreaterThan(100);
});
