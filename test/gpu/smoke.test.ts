/** Every part of the engine once, at small sizes: the first test of a WebGPU stack (`test:stacks --quick`). */
import { describe, expect, test as plain } from "vitest";
import {
  createEngine,
  DeviceLostError,
  type Engine,
  masks,
  offsetBiases,
  offsetSamples,
  PrecisionError,
} from "../../src/index.ts";
import { type ActivationName, activationMatrixTwin } from "../../src/theory/activations.ts";
import { checkSvd } from "../support/check-svd.ts";
import { heavisideSvd } from "../support/closed-forms.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { relativeError, ULP } from "../support/numbers.ts";
import { createRandom } from "../support/random.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What the engine says of its adapter: the table of `npm run test:stacks` shows it. */
    adapter?: { readonly name: string; readonly software: boolean; readonly twoFloat: string };
  }
}

test("the adapter has a name", ({ engine, task }) => {
  const { adapterName: name, software, twoFloat } = engine.info;
  task.meta.adapter = { name, software, twoFloat };
  expect(name).not.toBe("");
});

describe("entries against float64", () => {
  const activations: ActivationName[] = ["heaviside", "relu", "relu2", "tanh", "gelu", "sinc", "gaussian"];

  test("of seven activations, 33 × 40, in one batch", async ({ engine }) => {
    const [x, b] = [offsetSamples(33), offsetBiases(40)];
    using matrix = await engine.activationMatrix({ activation: activations, scale: 10, x, b });
    const entries = await matrix.read();
    activations.forEach((activation, i) => {
      const expected = activationMatrixTwin({ activation, scale: 10, x, b });
      const error = relativeError(entries.subarray(i * expected.length, (i + 1) * expected.length), expected);
      expect.soft(error, activation).toBeLessThanOrEqual(2e-7);
    });
  });
});

describe("SVD", () => {
  test.for([
    ["in a workgroup's memory", 12, 9],
    ["in blocks", 70, 50],
  ] as const)("%s, %i × %i: LAPACK's ratios, and σ against ml-matrix", async ([, rows, cols], { engine }) => {
    await checkSvd(engine, randomMatrix(rows, cols), rows, cols);
  });

  test("of an empty matrix", async ({ engine }) => {
    using matrix = await engine.matrix({ data: [], rows: 0, cols: 3 });
    using svd = await engine.svd(matrix);
    expect(svd.singularValues).toHaveLength(0);
    expect(await svd.V.read()).toHaveLength(0);
  });

  test("the leading three triplets of an operator", async ({ engine }) => {
    const [x, b] = [offsetSamples(60), offsetBiases(60)];
    using operator = await engine.activationOperator({ activation: "heaviside", x, b, form: "scan" });
    const svd = await engine.truncatedSvd(operator, { components: 3 });
    const expected = heavisideSvd(60).singularValues.subarray(0, 3);
    expect(svd.converged).toBe(true);
    expect(relativeError(svd.singularValues, expected)).toBeLessThan(32 * ULP);
    svd.destroy();
  });
});

test("extended precision gives Heaviside's closed form to 1e-13, or is refused by name", async ({ engine }) => {
  const options = {
    activation: "heaviside",
    x: offsetSamples(24),
    b: offsetBiases(24),
    precision: "extended",
  } as const;
  if (engine.info.twoFloat === "none") {
    await expect(engine.activationMatrix(options)).rejects.toThrow(PrecisionError);
    return;
  }
  using matrix = await engine.activationMatrix(options);
  const { singularValues, converged } = await engine.singularValues(matrix, { precision: "extended" });
  expect(converged).toBe(true);
  expect(relativeError(singularValues, heavisideSvd(24).singularValues)).toBeLessThan(1e-13);
});

describe("descent", () => {
  const [x, b] = [offsetSamples(40), offsetBiases(50)];
  const y = Float64Array.from(x, (at) => at + 0.3 * Math.sin(20 * at));

  test("of 200 steps is its mask", async ({ engine }) => {
    using matrix = await engine.activationMatrix({ activation: "relu", x, b });
    using svd = await engine.svd(matrix);
    const learningRate = 1 / (svd.singularValues[0] as number) ** 2;
    const { prediction } = await engine.descend(matrix, y, { learningRate, iterations: 200 });
    const mask = masks.gradientDescent({ learningRate, iterations: 200 });
    const expected = await engine.shrink(svd, y, mask);
    expect(relativeError(prediction, expected.prediction)).toBeLessThan(6e-5);
  });

  /** One step from w, which takes the product with A and the product with Aᵀ. */
  async function step(engine: Engine, form: "stored" | "generated" | "scan") {
    using operator = await engine.activationOperator({ activation: "relu2", x, b, form });
    const { normals } = createRandom(3);
    const { weights, prediction } = await engine.descend(operator, y, {
      learningRate: 1e-3,
      iterations: 1,
      initialWeights: normals(b.length),
    });
    return { weights, prediction };
  }

  test("products are the same stored, generated and scanned", async ({ engine }) => {
    const stored = await step(engine, "stored");
    for (const form of ["generated", "scan"] as const) {
      const other = await step(engine, form);
      expect.soft(relativeError(other.weights, stored.weights), form).toBeLessThan(32 * ULP);
      expect.soft(relativeError(other.prediction, stored.prediction), form).toBeLessThan(32 * ULP);
    }
  });
});

plain("a lost device rejects with DeviceLostError", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = (await adapter?.requestDevice()) as GPUDevice;
  const engine = await createEngine({ device });
  const matrix = await engine.matrix({ data: [1], rows: 1, cols: 1 });
  const call = engine.singularValues(matrix);
  device.destroy();
  await expect(call).rejects.toThrow(DeviceLostError);
  await engine.lost;
  await expect(engine.matrix({ data: [1], rows: 1, cols: 1 })).rejects.toThrow(DeviceLostError);
  engine.destroy();
});
