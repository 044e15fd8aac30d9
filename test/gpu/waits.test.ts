import { describe, expect } from "vitest";
import { SUBMIT_MS } from "../../src/gpu/pace.ts";
import { createEngine, type Engine, masks, offsetBiases, offsetSamples } from "../../src/index.ts";
import { test as withDevice } from "../support/gpu.ts";
import { randomMatrix } from "../support/matrices.ts";

/**
 * How often an engine dispatches, submits, waits for submitted work, waits for a mapping, makes a staging buffer, and opens
 * an error scope.
 */
interface Counts {
  dispatches: number;
  submits: number;
  done: number;
  maps: number;
  staging: number;
  scopes: number;
}

/**
 * `test` with `counted`, which gives the waits and submits of one call of an engine, and how many of them there are
 * beyond one for each 50 ms.
 */
const test = withDevice.extend("counted", async ({ device }, { onCleanup }) => {
  const none: Counts = { dispatches: 0, submits: 0, done: 0, maps: 0, staging: 0, scopes: 0 };
  const counts = { ...none };
  const { queue } = device;
  const [createBuffer, submit, onSubmittedWorkDone] = [device.createBuffer, queue.submit, queue.onSubmittedWorkDone];
  queue.submit = (commands) => {
    counts.submits++;
    submit.call(queue, commands);
  };
  queue.onSubmittedWorkDone = () => {
    counts.done++;
    return onSubmittedWorkDone.call(queue);
  };
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer.call(device, descriptor);
    if (!(descriptor.usage & GPUBufferUsage.MAP_READ)) return buffer;
    counts.staging++;
    const { mapAsync } = buffer;
    buffer.mapAsync = (...range) => {
      counts.maps++;
      return mapAsync.apply(buffer, range);
    };
    return buffer;
  };
  const { createCommandEncoder, pushErrorScope } = device;
  device.pushErrorScope = (filter) => {
    counts.scopes++;
    pushErrorScope.call(device, filter);
  };
  device.createCommandEncoder = () => {
    const encoder = createCommandEncoder.call(device);
    const { beginComputePass } = encoder;
    encoder.beginComputePass = () => {
      const pass = beginComputePass.call(encoder);
      const { dispatchWorkgroups } = pass;
      pass.dispatchWorkgroups = (...workgroups) => {
        counts.dispatches++;
        dispatchWorkgroups.apply(pass, workgroups);
      };
      return pass;
    };
    return encoder;
  };
  const engine = await createEngine({ device });
  onCleanup(() => engine.destroy());
  return async (call: (engine: Engine) => Promise<unknown>) => {
    for (let warm = 0; warm < 2; warm++) await call(engine); // compiles, and learns the pace
    Object.assign(counts, none);
    const start = performance.now();
    await call(engine);
    const timed = Math.floor((performance.now() - start) / SUBMIT_MS);
    return { ...counts, beyond: counts.done + counts.maps - timed, submitsBeyond: counts.submits - timed };
  };
});

const relu = (engine: Engine, n: number) =>
  engine.activationMatrix({ activation: "relu", x: offsetSamples(n), b: offsetBiases(n) });

describe("waits", () => {
  test("an SVD of 256² waits four times beyond its submits", async ({ counted }) => {
    const { maps, beyond, submitsBeyond } = await counted(async (engine) => {
      using A = await relu(engine, 256);
      (await engine.svd(A)).destroy();
    });
    expect(submitsBeyond).toBeLessThanOrEqual(12);
    expect(maps, "max|A|, and a look after 6, 9 and 12 sweeps").toBe(4);
    expect(beyond).toBeLessThanOrEqual(4);
  });

  test("a small SVD waits for its scale, and for all that it found", async ({ counted }) => {
    const { maps, beyond } = await counted(async (engine) => {
      using A = await relu(engine, 24);
      (await engine.svd(A)).destroy();
    });
    expect(maps).toBe(2);
    expect(beyond).toBeLessThanOrEqual(2);
  });

  test("deficient matrices of a batch wait once for all of them", async ({ counted }) => {
    const zeros = (batch: number) => async (engine: Engine) => {
      using A = await engine.matrix({ data: new Float32Array(batch * 256), rows: 16, cols: 16, batch });
      (await engine.svd(A)).destroy();
    };
    const one = await counted(zeros(1));
    const many = await counted(zeros(64));
    expect([one.maps, many.maps], "max|A|, σ, and the vectors to complete").toEqual([3, 3]);
    // Each submit has three scopes, and so has each upload that is waited for.
    expect(many.scopes - 3 * many.submits).toBe(one.scopes - 3 * one.submits);
  });

  test("a batch of 64² takes few dispatches, and one of Jacobi on a GPU", async ({ device, counted }) => {
    const upload = (engine: Engine, batch: number) =>
      engine.matrix({ data: randomMatrix(batch * 64, 64), rows: 64, cols: 64, batch });
    const values = (batch: number) => async (engine: Engine) => {
      using A = await upload(engine, batch);
      await engine.singularValues(A);
    };
    const svd = (batch: number) => async (engine: Engine) => {
      using A = await upload(engine, batch);
      (await engine.svd(A)).destroy();
    };
    const own = await counted(values(16));
    expect(own.dispatches).toBeLessThanOrEqual(20);
    expect(own.maps, "max|A|, and all results").toBe(2);
    const adapterInfo = { vendor: "test", architecture: "gpu", device: "", description: "" };
    Object.defineProperty(device, "adapterInfo", { value: adapterInfo, configurable: true });
    expect((await counted(values(2))).dispatches, "max|A|, load, Jacobi").toBe(3);
    expect((await counted(svd(2))).dispatches, "and U and V").toBe(5);
  });

  test("a step of descent on a stored matrix is two dispatches", async ({ counted }) => {
    const dispatchesOf = async (iterations: number) => {
      const { dispatches } = await counted(async (engine) => {
        using A = await relu(engine, 160);
        await engine.descend(A, new Float64Array(160).fill(1), { learningRate: 1e-5, iterations });
      });
      return dispatches;
    };
    expect(((await dispatchesOf(30)) - (await dispatchesOf(10))) / 20).toBe(2);
  });

  test("a shrinkage in single precision waits for the coefficients, and for the result", async ({ counted }) => {
    const y = Float64Array.from({ length: 24 }, (_, i) => Math.sin(i));
    const { maps } = await counted(async (engine) => {
      using A = await relu(engine, 24);
      using svd = await engine.svd(A);
      await engine.shrink(svd, y, masks.ridge({ lambda: 1 }));
    });
    expect(maps, "2 of the SVD, 2 of its own").toBe(4);
  });

  test("a resumed step of descent waits twice, for max|A| and for all results together", async ({ counted }) => {
    const y = Float64Array.from({ length: 96 }, (_, i) => Math.sin(i));
    const { maps, staging, beyond } = await counted(async (engine) => {
      using A = await engine.matrix({ data: randomMatrix(96, 130), rows: 96, cols: 130 });
      const { state } = await engine.descend(A, y, { learningRate: 1e-4, iterations: 1 });
      await engine.descend(A, y, { learningRate: 1e-4, iterations: 2, resume: state });
    });
    expect(maps, "3 waits of the first call, 2 of the resumed one").toBe(5);
    expect(staging, "one staging buffer a wait").toBe(5);
    expect(beyond).toBeLessThanOrEqual(5);
  });

  test("a truncated SVD looks at many vectors at once", async ({ counted }) => {
    const { maps, beyond, submitsBeyond } = await counted(async (engine) => {
      using A = await relu(engine, 64);
      (await engine.truncatedSvd(A, { components: 8 })).destroy();
    });
    expect(maps, "max|A|; 52 vectors as 32 and 20; those of the search for more; the residuals").toBe(5);
    expect(beyond).toBeLessThanOrEqual(5);
    expect(submitsBeyond).toBeLessThanOrEqual(12);
  });

  test("σ₁ waits for max|A|, the vectors, those of the search for more, and the residuals", async ({ counted }) => {
    const { maps, beyond, submitsBeyond } = await counted(async (engine) => {
      using A = await relu(engine, 256);
      await engine.largestSingularValue(A);
    });
    expect(maps).toBe(4);
    expect(beyond).toBeLessThanOrEqual(4);
    expect(submitsBeyond).toBeLessThanOrEqual(12);
  });

  test("what stays on the GPU is not waited for", async ({ counted }) => {
    const { maps, beyond } = await counted(async (engine) => {
      using A = await relu(engine, 40);
      using B = await engine.matrix({ data: randomMatrix(9, 4), rows: 9, cols: 4 });
      expect([A.rows, B.rows]).toEqual([40, 9]);
    });
    expect(maps).toBe(0);
    expect(beyond).toBeLessThanOrEqual(0);
  });
});
