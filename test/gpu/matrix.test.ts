/** What a matrix owns: its buffers, as a user's own shader sees them, and their lifetime. */
import { describe, expect } from "vitest";
import { createEngine, DestroyedError, type Engine, Matrix } from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { randomMatrix } from "../support/matrices.ts";
import { createRandom } from "../support/random.ts";

const STORED = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

const extended = { precision: "extended" } as const;

/** All calls of an engine that make matrices. */
const makers: Readonly<Record<string, (engine: Engine) => Promise<Matrix[]>>> = {
  matrix: async (engine) => [await engine.matrix({ data: randomMatrix(6, 5), rows: 3, cols: 5, batch: 2 })],
  "matrix, extended": async (engine) => [await engine.matrix({ data: [1 / 3], rows: 1, cols: 1, ...extended })],
  "matrix of nothing": async (engine) => [await engine.matrix({ data: [], rows: 0, cols: 3 })],
  activationMatrix: async (engine) => [
    await engine.activationMatrix({ activation: ["relu", "tanh"], x: [1, 2], b: [0] }),
  ],
  "activationMatrix, extended": async (engine) => [
    await engine.activationMatrix({ activation: "gelu", x: [1, 2], b: [0], ...extended }),
  ],
  ...Object.fromEntries(
    (
      [
        ["svd in a workgroup's memory", 6, {}],
        ["svd in blocks", 70, {}],
        ["svd, extended", 6, extended],
      ] as const
    ).map(([name, n, options]) => [
      name,
      async (engine: Engine) => {
        using a = await engine.matrix({ data: randomMatrix(n, n), rows: n, cols: n });
        const { U, V } = await engine.svd(a, options);
        return [U, V];
      },
    ]),
  ),
  truncatedSvd: async (engine) => {
    using a = await engine.matrix({ data: randomMatrix(9, 7), rows: 9, cols: 7 });
    const { U, V } = await engine.truncatedSvd(a, { components: 2 });
    return [U, V];
  },
};

test.for(Object.keys(makers))(
  "%s: buffers that a shader may bind and a copy may read and write",
  async (name, { engine }) => {
    const matrices = (await makers[name]?.(engine)) as Matrix[];
    let bytes = 0;
    let buffers = 0;
    for (const matrix of matrices) {
      expect(matrix).toBeInstanceOf(Matrix);
      const { rows, cols, batch, precision, buffer, low } = matrix;
      expect(low !== undefined).toBe(precision === "extended");
      for (const own of low ? [buffer, low] : [buffer]) {
        expect(own.usage).toBe(STORED);
        expect(own.size).toBe(Math.max(16, 4 * batch * rows * cols));
        bytes += own.size;
        buffers++;
      }
    }
    expect(engine.memory).toEqual({ bytes, buffers });
    for (const matrix of matrices) matrix.destroy();
    expect(engine.memory).toEqual({ bytes: 0, buffers: 0 });
  },
);

/** Copies a buffer by commands of the caller's own. */
async function copyOf(device: GPUDevice, buffer: GPUBuffer): Promise<Float32Array> {
  const staging = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const copy = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return copy;
}

describe("layout", () => {
  const [rows, cols, batch] = [3, 5, 2];
  const entries = createRandom(7).normals(batch * rows * cols);

  test("row-major, one matrix after the other; low is what rounding lost, times 2²⁴", async ({ engine, device }) => {
    using matrix = await engine.matrix({ data: entries, rows, cols, batch, precision: "extended" });
    const high = await copyOf(device, matrix.buffer);
    const low = await copyOf(device, matrix.low as GPUBuffer);
    entries.forEach((entry, i) => {
      expect(high[i]).toBe(Math.fround(entry));
      expect(low[i]).toBe(2 ** 24 * Math.fround(entry - Math.fround(entry)));
    });
    expect(await matrix.read()).toEqual(high);
    expect(await matrix.readExtended()).toEqual(
      Float64Array.from(high, (value, i) => value + (low[i] as number) / 2 ** 24),
    );
  });

  test("what the caller writes into the buffer is what the engine computes with", async ({ engine, device }) => {
    using matrix = await engine.matrix({ data: new Float32Array(4), rows: 2, cols: 2 });
    device.queue.writeBuffer(matrix.buffer, 0, Float32Array.of(0, 3, 2, 0));
    expect(Array.from(await matrix.read())).toEqual([0, 3, 2, 0]);
    expect(Array.from((await engine.singularValues(matrix)).singularValues)).toEqual([3, 2]);
  });
});

describe("lifetime", () => {
  const refuses = async (matrix: Matrix, message: RegExp) => {
    for (const use of [() => matrix.buffer, () => matrix.low, () => matrix.read(), () => matrix.readExtended()]) {
      const call = (async () => use())();
      await expect(call).rejects.toThrow(DestroyedError);
      await expect(call).rejects.toThrow(message);
    }
  };

  test("until it is destroyed: then only its sizes are left", async ({ engine }) => {
    const matrix = await engine.matrix({ data: [1, 2], rows: 1, cols: 2, precision: "extended" });
    matrix.destroy();
    matrix.destroy();
    await refuses(matrix, /this 1×2 matrix was destroyed/);
    expect([matrix.rows, matrix.cols, matrix.batch, matrix.precision]).toEqual([1, 2, 1, "extended"]);
  });

  test("until its engine is destroyed", async ({ device }) => {
    const engine = await createEngine({ device });
    const matrix = await engine.matrix({ data: [1, 2], rows: 1, cols: 2, precision: "extended" });
    engine.destroy();
    expect(engine.memory).toEqual({ bytes: 0, buffers: 0 });
    await refuses(matrix, /this engine was destroyed/);
    matrix.destroy();
    expect(engine.memory).toEqual({ bytes: 0, buffers: 0 });
  });

  test("U and V until their SVD is destroyed, or each by itself", async ({ engine }) => {
    using a = await engine.matrix({ data: randomMatrix(9, 7), rows: 9, cols: 7 });
    for (const decompose of [() => engine.svd(a), () => engine.truncatedSvd(a, { components: 2 })]) {
      const svd = await decompose();
      expect(engine.memory.buffers).toBe(3);
      svd.V.destroy();
      expect(engine.memory.buffers).toBe(2);
      await refuses(svd.V, /matrix was destroyed/);
      expect((await svd.U.read()).every(Number.isFinite)).toBe(true);
      svd.destroy();
      expect(engine.memory.buffers).toBe(1);
      await refuses(svd.U, /matrix was destroyed/);
    }
  });
});
