import { expect } from "vitest";
import { activationNames, createEngine, type Engine, linspace, type Matrix } from "../../src/index.ts";
import { warmUpCalls } from "../../src/warm-up.ts";
import { openDevice, test } from "../support/gpu.ts";
import { randomMatrix } from "../support/matrices.ts";

const [rows, cols] = [200, 180];
const y = new Float64Array(rows).fill(1);

const calls: Record<(typeof warmUpCalls)[number], (engine: Engine, A: Matrix) => Promise<unknown>> = {
  activationMatrix: (engine) =>
    engine.activationMatrix({ activation: activationNames, scale: 3, x: linspace(0, 1, 20), b: linspace(0, 1, 10) }),
  svd: (engine, A) => engine.svd(A),
  singularValues: (engine, A) => engine.singularValues(A),
  truncatedSvd: (engine, A) => engine.truncatedSvd(A, { components: 1 }),
  largestSingularValue: (engine, A) => engine.largestSingularValue(A),
  descend: (engine, A) => engine.descend(A, y, { learningRate: 1e-5, iterations: 3 }),
  shrink: (engine, A) => engine.shrink({ U: A, V: A, singularValues: new Float64Array(cols) }, y, () => 1),
  project: (engine, A) => engine.project({ U: A, singularValues: new Float64Array(cols) }, y),
};

/** Counts the pipelines that the device makes. */
async function countingDevice() {
  const device = await openDevice();
  const compiled: (string | undefined)[] = [];
  const compile = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) => {
    compiled.push(descriptor.label);
    return compile(descriptor);
  };
  return { device, compiled };
}

test("after warmUp no call compiles", { timeout: 120_000 }, async ({ onTestFinished }) => {
  const { device, compiled } = await countingDevice();
  onTestFinished(() => device.destroy());
  const engine = await createEngine({ device });
  const { buffers } = engine.memory;
  await engine.warmUp(warmUpCalls);
  expect(engine.memory.buffers).toBe(buffers);
  const A = await engine.matrix({ data: randomMatrix(rows, cols), rows, cols });
  for (const [name, call] of Object.entries(calls)) {
    const before = compiled.length;
    await call(engine, A);
    expect(compiled.slice(before), name).toEqual([]);
  }
});
