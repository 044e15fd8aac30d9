import { describe, expect } from "vitest";
import { shapeNames, shapesOf, type Tuning, tunedParts } from "../../src/adapter/shapes.ts";
import { createEngine, masks } from "../../src/index.ts";
import { checkSvd } from "../support/check-svd.ts";
import { test } from "../support/gpu.ts";
import { adapters } from "../support/kernel-table.ts";
import { randomMatrix } from "../support/matrices.ts";
import { relativeError, ULP } from "../support/numbers.ts";

const told = tunedParts.flatMap((part) => shapeNames(part).map((name): Tuning => ({ [part]: name })));

const [rows, cols] = [84, 100];
const entries = randomMatrix(rows, cols);
const y = Float64Array.from({ length: rows }, (_, i) => Math.sin(i / 7));

describe("a shape that is named", () => {
  test.for(told)("%o: an SVD and a descent are right", async (tuning, { device }) => {
    using engine = await createEngine({ device, tuning });
    expect(engine.info.tuning).toEqual(tuning);
    await checkSvd(engine, entries, rows, cols);
    using matrix = await engine.matrix({ data: entries, rows, cols });
    using svd = await engine.svd(matrix);

    const learningRate = 1 / (svd.singularValues[0] as number) ** 2;
    const { prediction } = await engine.descend(matrix, y, { learningRate, iterations: 50 });
    const expected = await engine.shrink(svd, y, masks.gradientDescent({ learningRate, iterations: 50 }));
    expect(relativeError(prediction, expected.prediction)).toBeLessThan(53 * ULP);
  });

  test("holds for its engine alone, and for its part alone", ({ device }) => {
    const own = shapesOf({ device });
    const tuned = shapesOf({ device, tuning: { products: "256 threads" } });
    expect(tuned).toEqual({ ...own, panel: { rows: 4, runs: 4, threads: 256 } });
    expect(shapesOf({ device })).toEqual(own);
  });
});

describe('tuning: "measured"', () => {
  test("on a GPU names a shape of each part, and measures once for each adapter", async ({ device }) => {
    Object.defineProperty(device, "adapterInfo", { value: adapters.gpu, configurable: true });
    using engine = await createEngine({ device, tuning: "measured" });
    const { tuning } = engine.info;
    expect(Object.keys(tuning)).toEqual(tunedParts);
    for (const part of tunedParts) expect(shapeNames(part)).toContain(tuning[part]);
    expect(engine.memory.buffers).toBe(0);

    const { queue } = device;
    const { submit } = queue;
    let submitted = 0; // without the empty submits, by which Firefox is asked for its answer
    queue.submit = (commands) => {
      const buffers = Array.from(commands);
      submitted += buffers.length;
      submit.call(queue, buffers);
    };
    using again = await createEngine({ device, tuning: "measured" });
    expect(again.info.tuning).toEqual(tuning);
    expect(submitted, "only the check that the device answers").toBe(1);
  });

  test("on a software adapter keeps its shapes", async ({ device }) => {
    using engine = await createEngine({ device, tuning: "measured" });
    expect(engine.info.tuning).toEqual(engine.info.software ? {} : expect.objectContaining({}));
  });
});
