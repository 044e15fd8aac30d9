/** Results of the engine in the shapes for a GPU. They run on any adapter, which is described as a GPU. */
import { expect } from "vitest";
import { createEngine, masks, offsetBiases, offsetSamples } from "../../src/index.ts";
import { checkSvd } from "../support/check-svd.ts";
import { heavisideSvd } from "../support/closed-forms.ts";
import { test as withDevice } from "../support/gpu.ts";
import { adapters } from "../support/kernel-table.ts";
import { randomMatrix } from "../support/matrices.ts";
import { relativeError, ULP } from "../support/numbers.ts";

const test = withDevice.extend("engine", async ({ device }, { onCleanup }) => {
  Object.defineProperty(device, "adapterInfo", { value: adapters.gpu, configurable: true });
  const engine = await createEngine({ device });
  expect(engine.info.software).toBe(false);
  onCleanup(() => engine.destroy());
  return engine;
});

test.for([
  [64, 64],
  [70, 50],
] as const)("an SVD, %i × %i: LAPACK's ratios, and σ against ml-matrix", async ([rows, cols], { engine }) => {
  await checkSvd(engine, randomMatrix(rows, cols), rows, cols);
});

test("σ of a batch: Heaviside at three scales, 48², is its closed form in each", async ({ engine }) => {
  const [x, b] = [offsetSamples(48), offsetBiases(48)];
  using matrix = await engine.activationMatrix({ activation: "heaviside", scale: [1, 5, 48], x, b });
  const { singularValues } = await engine.singularValues(matrix);
  const expected = heavisideSvd(48).singularValues;
  for (const i of [0, 1, 2]) {
    expect(relativeError(singularValues.subarray(48 * i, 48 * (i + 1)), expected)).toBeLessThan(32 * ULP);
  }
});

test("descent of one run is its mask, stored and scanned", async ({ engine }) => {
  const [x, b] = [offsetSamples(96), offsetBiases(128)];
  const y = Float64Array.from(x, (at) => at + 0.3 * Math.sin(20 * at));
  using stored = await engine.activationMatrix({ activation: "relu", x, b });
  using svd = await engine.svd(stored);
  const learningRate = 1 / (svd.singularValues[0] as number) ** 2;
  const expected = await engine.shrink(svd, y, masks.gradientDescent({ learningRate, iterations: 100 }));
  for (const form of ["stored", "scan"] as const) {
    using operator = await engine.activationOperator({ activation: "relu", x, b, form });
    const { prediction } = await engine.descend(operator, y, { learningRate, iterations: 100 });
    expect.soft(relativeError(prediction, expected.prediction), form).toBeLessThan(103 * ULP);
  }
});

test("a product by a scan of many groups: Heaviside with weights of 1 counts the biases", async ({ engine }) => {
  const n = 70_000;
  using operator = await engine.activationOperator({
    activation: "heaviside",
    x: offsetSamples(n),
    b: offsetBiases(n),
  });
  expect(operator.form).toBe("scan");
  const options = { learningRate: 1, iterations: 0, initialWeights: new Float32Array(n).fill(1) };
  const { prediction } = await engine.descend(operator, new Float64Array(n), options);
  expect(prediction.every((value, i) => value === i + 1)).toBe(true);
});
