import { describe, expect, test as plain } from "vitest";
import { Gpu } from "../../src/gpu/gpu.ts";
import {
  ActivationOperator,
  ArgumentError,
  createEngine,
  DestroyedError,
  DeviceLostError,
  Engine,
  GpuError,
  LimitError,
  Matrix,
  NoAdapterError,
} from "../../src/index.ts";
import { test } from "../support/engine.ts";
import { openDevice } from "../support/gpu.ts";
import { randomMatrix } from "../support/matrices.ts";
import { readFloats } from "../support/read.ts";

describe("making and ending an engine", () => {
  plain("its own device ends with it; info names the adapter and the limits asked for", async () => {
    const engine = await createEngine();
    const { adapterName, limits } = engine.info;
    expect(adapterName).not.toBe(""); // adapterInfo may be blank, as in Firefox
    const best = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
    expect(limits.maxBufferSize).toBe(best?.limits.maxBufferSize);
    expect(limits.maxStorageBufferBindingSize).toBe(best?.limits.maxStorageBufferBindingSize);
    engine.destroy();
    expect((await engine.lost).message).toContain("destroyed");
  });

  test("engines, matrices and operators are instances of their classes", async ({ engine }) => {
    using a = await engine.matrix({ data: [1], rows: 1, cols: 1 });
    using operator = await engine.activationOperator({ activation: "relu", x: [1], b: [0] });
    const classes = [Engine, Matrix, ActivationOperator];
    for (const [i, made] of [engine, a, operator].entries()) {
      expect(classes.map((Class) => made instanceof Class)).toEqual(classes.map((_, j) => i === j));
    }
  });

  plain("a device of the caller's outlives the engine, and serves the next", async () => {
    const device = await openDevice();
    for (let i = 0; i < 2; i++) {
      using engine = await createEngine({ device });
      using matrix = await engine.matrix({ data: [3, 0, 0, 4], rows: 2, cols: 2 });
      expect(Array.from((await engine.singularValues(matrix)).singularValues)).toEqual([4, 3]);
    }
    device.destroy();
  });

  plain("an engine that cannot be made keeps no device of its own, and leaves the caller's", async () => {
    const failing = async () => {
      const device = await openDevice();
      device.createComputePipelineAsync = () => Promise.reject(new Error("no pipelines here"));
      return device;
    };
    const [own, given] = [await failing(), await failing()];
    const adapter = { features: new Set(), limits: own.limits, requestDevice: async () => own };
    const gpu = { requestAdapter: async () => adapter } as unknown as GPU;
    await expect(createEngine({ gpu })).rejects.toThrow("no pipelines here");
    expect((await own.lost).reason).toBe("destroyed");
    await expect(createEngine({ device: given })).rejects.toThrow("no pipelines here");
    expect(await Promise.race([given.lost, "alive"])).toBe("alive");
    given.destroy();
  });

  describe("a lost device is a DeviceLostError", () => {
    const used = async () => {
      const device = await openDevice();
      (await createEngine({ device })).destroy(); // what is found out once a device is known from now on
      return device;
    };

    plain.for([
      ["fresh, lost just now", openDevice, false],
      ["fresh, known to be lost", openDevice, true],
      ["used before, lost just now", used, false],
      ["used before, known to be lost", used, true],
    ] as const)("%s", async ([, open, known]) => {
      const device = await open();
      device.destroy();
      if (known) await device.lost;
      await expect(createEngine({ device })).rejects.toThrow(DeviceLostError);
    });

    plain("as an adapter gives it", async () => {
      const device = await openDevice();
      device.destroy();
      const adapter = { features: new Set(), limits: device.limits, requestDevice: async () => device };
      const gpu = { requestAdapter: async () => adapter } as unknown as GPU;
      await expect(createEngine({ gpu })).rejects.toThrow(DeviceLostError);
    });
  });

  plain("a request that fails is a NoAdapterError that says which, and why", async () => {
    const failing = async () => {
      throw new DOMException("not now", "OperationError");
    };
    const noAdapter = { requestAdapter: failing } as unknown as GPU;
    const adapter = { features: new Set(), limits: {}, requestDevice: failing };
    const noDevice = { requestAdapter: async () => adapter } as unknown as GPU;
    for (const [gpu, message] of [
      [noAdapter, "the request for an adapter failed: OperationError: not now"],
      [noDevice, "the request for a device failed: OperationError: not now"],
    ] as const) {
      const error = await createEngine({ gpu }).catch((reason) => reason);
      expect(error).toBeInstanceOf(NoAdapterError);
      expect(error.message).toContain(message);
      expect(error.cause).toBeInstanceOf(DOMException);
    }
  });

  plain("no WebGPU, or no adapter: an error that says what was expected", async () => {
    const blocked = { requestAdapter: async () => null } as unknown as GPU;
    await expect(createEngine({ gpu: blocked })).rejects.toThrow(NoAdapterError);
    const { gpu } = navigator;
    Object.defineProperty(navigator, "gpu", { value: undefined, configurable: true });
    try {
      await expect(createEngine()).rejects.toThrow(/navigator\.gpu/);
    } finally {
      Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
    }
  });

  plain("a driver that ends loops too early is refused: results would be wrong", async () => {
    const device = await openDevice();
    const { createShaderModule } = device;
    // What llvmpipe of Mesa 22 makes of every loop.
    device.createShaderModule = (descriptor) => {
      const code = descriptor.code.replace("turn < params.turns", "turn < min(65535u, params.turns)");
      return createShaderModule.call(device, { ...descriptor, code });
    };
    await expect(createEngine({ device })).rejects.toThrow(NoAdapterError);
    await expect(createEngine({ device })).rejects.toThrow("this driver ends loops early");
    device.destroy();
  });

  test("after destroy, every use is an error", async ({ device }) => {
    const engine = await createEngine({ device });
    const matrix = await engine.matrix({ data: [1], rows: 1, cols: 1 });
    engine.destroy();
    expect(engine.memory).toEqual({ bytes: 0, buffers: 0 });
    await expect(engine.matrix({ data: [1], rows: 1, cols: 1 })).rejects.toThrow(DestroyedError);
    await expect(engine.svd(matrix)).rejects.toThrow(DestroyedError);
    await expect(engine.descend(matrix, [1], { learningRate: 1, iterations: 1 })).rejects.toThrow(DestroyedError);
    await expect(matrix.read()).rejects.toThrow(DestroyedError);
  });

  test("a matrix of another engine is refused", async ({ engine, device }) => {
    using other = await createEngine({ device });
    using matrix = await other.matrix({ data: [1], rows: 1, cols: 1 });
    await expect(engine.svd(matrix)).rejects.toThrow(ArgumentError);
    await expect(engine.singularValues(matrix)).rejects.toThrow(ArgumentError);
  });
});

describe("faults", () => {
  plain("a lost device rejects the calls under way and those after", async () => {
    const device = await openDevice();
    const engine = await createEngine({ device });
    const matrix = await engine.matrix({ data: randomMatrix(120, 120), rows: 120, cols: 120 });
    const pending = [
      engine.svd(matrix),
      engine.descend(matrix, new Float64Array(120).fill(1), { learningRate: 1e-6, iterations: 1e6 }),
    ];
    device.destroy();
    for (const call of pending) await expect(call).rejects.toThrow(DeviceLostError);
    await expect(engine.matrix({ data: [1], rows: 1, cols: 1 })).rejects.toThrow(DeviceLostError);
    expect(await engine.lost).toBeInstanceOf(DeviceLostError);
    engine.destroy();
    expect(engine.memory.bytes).toBe(0);
  });

  test("destroy while a call is under way rejects it", async ({ device }) => {
    const engine = await createEngine({ device });
    const matrix = await engine.matrix({ data: randomMatrix(80, 80), rows: 80, cols: 80 });
    const call = engine.svd(matrix);
    const rejection = expect(call).rejects.toThrow(DestroyedError);
    engine.destroy();
    await rejection;
    expect(engine.memory.bytes).toBe(0);
  });

  test("destroy at any moment of a call is a DestroyedError, and no error of the device", async ({ device }) => {
    const calls: ((engine: Engine, a: Matrix) => Promise<unknown>)[] = [
      (_, a) => a.read(),
      (engine, a) => engine.svd(a),
      (engine, a) => engine.truncatedSvd(a, { components: 2 }), // of rank 1: vectors are replaced
      (engine, a) => engine.descend(a, [1, 2, 3, 4], { learningRate: 0.01, iterations: 3 }),
    ];
    for (const call of calls) {
      for (let turns = 0; turns < 12; turns++) {
        const engine = await createEngine({ device });
        const a = await engine.matrix({ data: new Float32Array(16).fill(1), rows: 4, cols: 4 });
        const outcome = call(engine, a).then(
          () => "done",
          (error) => error,
        );
        await device.queue.onSubmittedWorkDone();
        for (let turn = 0; turn < turns; turn++) await null;
        engine.destroy();
        const result = await outcome;
        if (result !== "done") expect(result).toBeInstanceOf(DestroyedError);
        expect(engine.memory.buffers).toBe(0);
      }
    }
  });

  test("destroy while a matrix is being made rejects the call: nobody gets a matrix without its buffer", async ({
    device,
  }) => {
    for (const make of [
      (engine: Engine) =>
        engine.activationMatrix({ activation: "gelu", x: new Float64Array(300), b: new Float64Array(300) }),
      (engine: Engine) => engine.matrix({ data: randomMatrix(300, 300), rows: 300, cols: 300 }),
    ]) {
      const engine = await createEngine({ device });
      const rejection = expect(make(engine)).rejects.toThrow(DestroyedError);
      await Promise.resolve();
      engine.destroy();
      await rejection;
      expect(engine.memory.bytes).toBe(0);
    }
  });

  test("destroy during a read-back rejects it, without an error on the caller's device", async ({ device }) => {
    const engine = await createEngine({ device });
    const matrix = await engine.matrix({ data: randomMatrix(10, 10), rows: 10, cols: 10 });
    const rejection = expect(matrix.read()).rejects.toThrow(DestroyedError);
    engine.destroy();
    await rejection;
  });

  test("a fault of the GPU surfaces at the call that caused it", async ({ device }) => {
    const gpu = new Gpu(device);
    const faulty = gpu.guard("a test", () => device.createSampler({ lodMinClamp: -1 }));
    await expect(faulty).rejects.toThrow(GpuError);
    await expect(faulty).rejects.toThrow(/^a test: /);
    await gpu.guard("the next", () => undefined);
  });

  test("too large for the device: the limit is named with both numbers, before anything is made", async ({
    device,
  }) => {
    const gpu = new Gpu(device);
    const { maxBufferSize } = device.limits;
    const asked = 4 * Math.floor(maxBufferSize / 4) + 4; // buffers are whole words, the limit may be 2³² − 1
    const error = await gpu
      .withArena(async (arena) => arena.storage("a big one", asked))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ limit: "maxBufferSize", asked, allowed: maxBufferSize });
    expect(gpu.memory.use).toEqual({ bytes: 0, buffers: 0 });
  });

  test("buffers of an operation that fails are freed", async ({ device }) => {
    const gpu = new Gpu(device);
    const failing = gpu.withArena(async (arena) => {
      arena.storage("one", 1024);
      expect(gpu.memory.use).toEqual({ bytes: 1024, buffers: 1 });
      throw new Error("midway");
    });
    await expect(failing).rejects.toThrow("midway");
    expect(gpu.memory.use).toEqual({ bytes: 0, buffers: 0 });
  });
});

describe("memory", () => {
  test("a matrix holds its own bytes, reads back what went in, and frees them", async ({ engine }) => {
    const entries = randomMatrix(7, 11);
    const matrix = await engine.matrix({ data: entries, rows: 7, cols: 11 });
    expect(engine.memory).toEqual({ bytes: 7 * 11 * 4, buffers: 1 });
    expect(await matrix.read()).toEqual(entries);
    matrix.destroy();
    matrix.destroy();
    expect(engine.memory).toEqual({ bytes: 0, buffers: 0 });
  });

  test("many operations leave nothing but their results", async ({ engine }) => {
    for (let i = 0; i < 20; i++) {
      using a = await engine.activationMatrix({ activation: "relu", x: [0.25, 0.5, 1], b: [0, 0.5] });
      const svd = await engine.svd(a);
      expect(engine.memory.buffers).toBe(3);
      await engine.descend(a, [1, 2, 3], { learningRate: 0.1, iterations: 2 });
      svd.destroy();
      expect(engine.memory.buffers).toBe(1);
    }
    expect(engine.memory.bytes).toBe(0);
  });

  test("part of a buffer is read back from its offset", async ({ device }) => {
    const gpu = new Gpu(device);
    await gpu.withArena(async (arena) => {
      const buffer = arena.upload("numbers", Float32Array.of(1, 2, 3, 4));
      expect(Array.from(await readFloats(gpu, buffer, 2, 4))).toEqual([2, 3]);
      expect(await readFloats(gpu, buffer, 0)).toHaveLength(0);
    });
  });
});
