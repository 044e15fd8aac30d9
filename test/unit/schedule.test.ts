import { describe, expect, test } from "vitest";
import { schedule } from "../../src/descent/descent.ts";
import { planRuns } from "../../src/descent/runs.ts";
import { Pace, type Step } from "../../src/gpu/schedule.ts";
import { packUniforms, UNIFORM_STRIDE } from "../../src/gpu/uniform.ts";
import { elementGrid } from "../../src/kernels/grid.ts";
import { workingLayout } from "../../src/kernels/working-layout.ts";

describe("Pace", () => {
  test("settles where a submit takes about 50 ms, whatever a step costs", () => {
    for (const stepMs of [0.002, 0.3, 7, 200]) {
      const pace = new Pace();
      for (let i = 0; i < 40; i++) pace.record(pace.steps, pace.steps * stepMs);
      expect(pace.steps).toBe(Math.max(1, Math.floor(50 / stepMs)));
    }
  });

  test("one fast submit at most doubles the next", () => {
    const pace = new Pace();
    const before = pace.steps;
    pace.record(before, 0);
    expect(pace.steps).toBe(2 * before);
  });
});

describe("schedule of gradient descent", () => {
  const step = (): Step => ({ kind: "clear", buffer: {} as GPUBuffer });
  const [residual, gradient, first, second] = [step(), step(), step(), step()];
  const names = new Map<Step, string>([
    [residual, "r"],
    [gradient, "g"],
    [first, "1"],
    [second, "2"],
  ]);
  const spelt = (iterations: number, recordAt: number[]) =>
    [...schedule({ residual, gradient, record: [first, second] }, iterations, recordAt)]
      .map((one) => names.get(one))
      .join("");

  test("residual and gradient in turn, records between them, one residual more for the prediction", () => {
    expect(spelt(0, [])).toBe("r");
    expect(spelt(0, [0])).toBe("r1");
    expect(spelt(3, [3])).toBe("rgrgrgr1");
    expect(spelt(3, [0, 2])).toBe("r1grgr2gr");
  });
});

describe("planRuns", () => {
  const shape = { rows: 2, cols: 3, batch: 1 };

  test("what is given once serves all runs", () => {
    const plan = planRuns(shape, [1, 2], { learningRate: [0.5, 0.25], iterations: 4, initialWeights: [7, 8, 9] });
    expect(plan).toMatchObject({ runs: 2, iterations: 4, recordAt: [4] });
    expect(Array.from(plan.targets)).toEqual([1, 2, 1, 2]);
    expect(Array.from(plan.weights)).toEqual([7, 8, 9, 7, 8, 9]);
    expect(Array.from(plan.rates)).toEqual([0.5, 0.25]);
  });

  test("a batch of matrices counts as runs", () => {
    expect(planRuns({ ...shape, batch: 5 }, [1, 2], { learningRate: 1, iterations: 0 }).runs).toBe(5);
    expect(() => planRuns({ ...shape, batch: 5 }, [1, 2, 3, 4], { learningRate: 1, iterations: 0 })).toThrow(
      "2 targets y given, 1 or as many as there are runs (5) expected",
    );
  });
});

describe("layouts", () => {
  test("uniform structs stand a stride apart, a multiple of 16 bytes in all", () => {
    const bytes = packUniforms(
      [["u32", 7]],
      [
        ["u32", 1],
        ["f32", 0.5],
      ],
    );
    expect(bytes.byteLength % 16).toBe(0);
    const view = new DataView(bytes);
    expect(view.getUint32(0, true)).toBe(7);
    expect(view.getUint32(UNIFORM_STRIDE, true)).toBe(1);
    expect(view.getFloat32(UNIFORM_STRIDE + 4, true)).toBe(0.5);
  });

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
