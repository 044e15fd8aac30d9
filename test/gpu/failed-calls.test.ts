/** Every call, made to fail in every way: the error is typed, and memory is what it was before. */
import { describe, expect, test as plain } from "vitest";
import {
  createEngine,
  DestroyedError,
  DeviceLostError,
  Engine,
  GpuError,
  LimitError,
  type Progress,
} from "../../src/index.ts";
import { calls, destroyOperands, makeOperands } from "../support/calls.ts";
import { test as withEngine } from "../support/engine.ts";
import { buffersMadeOn, openDevice } from "../support/gpu.ts";

const names = Object.keys(calls) as (keyof typeof calls)[];
const lasting = names.filter((name) => calls[name].lasts);

const empty = { bytes: 0, buffers: 0 };

/** The error of a call; undefined where it succeeded. Destroys what the call made. */
async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    const made = (await call) as { destroy?: () => void } | undefined;
    made?.destroy?.();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** `test` with operands for all calls, made once a test. */
const test = withEngine.extend("operands", async ({ engine }, { onCleanup }) => {
  const operands = await makeOperands(engine);
  onCleanup(() => destroyOperands(operands));
  return operands;
});

const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** When something happens to a call: as soon as it has begun, one microtask after, and some milliseconds after. */
const moments: Readonly<Record<string, () => Promise<unknown>>> = {
  "a microtask later": () => Promise.resolve(),
  "1 ms later": () => after(1),
  "2 ms later": () => after(2),
  "5 ms later": () => after(5),
  "20 ms later": () => after(20),
};

/**
 * Makes a call for each of the moments, at which `happen` happens to it. Returns the errors of the calls that were
 * under way.
 */
async function errorsAt(
  begin: () => Promise<{ call: Promise<unknown>; happen: () => void; end: () => void }>,
): Promise<[moment: string, error: unknown][]> {
  const errors: [string, unknown][] = [];
  for (const [moment, wait] of [["at once", undefined], ...Object.entries(moments)] as const) {
    const { call, happen, end } = await begin();
    let over = false;
    const outcome = outcomeOf(call).finally(() => {
      over = true;
    });
    if (wait) await wait();
    const underWay = !over;
    happen();
    const error = await outcome;
    end();
    if (underWay) errors.push([moment, error]);
  }
  return errors;
}

describe("where nothing fails", () => {
  test.for(names)("%s succeeds, and leaves only its result", async (name, { engine, operands }) => {
    const before = engine.memory;
    expect(await outcomeOf(calls[name].run(engine, operands))).toBeUndefined();
    expect(engine.memory).toEqual(before);
  });
});

plain("the calls tested here are all that an engine has, and each that lasts takes a signal and onProgress", () => {
  const own = Object.getOwnPropertyNames(Engine.prototype).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(Engine.prototype, name) ?? {};
    return typeof value === "function" && !["constructor", "destroy"].includes(name);
  });
  for (const call of own)
    expect(
      names.filter((name) => name.split(/\W/)[0] === call),
      call,
    ).not.toEqual([]);
  // A call that is one copy, to the GPU or from it, takes no signal; neither does one that compiles.
  expect(names.filter((name) => !calls[name].lasts)).toEqual([
    "Matrix.read",
    "Matrix.readExtended",
    "matrix",
    "warmUp",
  ]);
});

describe("progress comes in fractions up to 1, and a call that is aborted then rejects", () => {
  test.for(lasting)("%s", async (name, { engine, operands }) => {
    const before = engine.memory;
    const heard: Progress[] = [];
    const onProgress = (progress: Progress) => void heard.push(progress);
    expect(await outcomeOf(calls[name].run(engine, operands, { onProgress }))).toBeUndefined();
    for (const { stage, fraction } of heard) {
      expect(stage).not.toBe("");
      expect(fraction).toBeGreaterThanOrEqual(0);
      expect(fraction).toBeLessThanOrEqual(1);
    }
    const controller = new AbortController();
    let aborted = false;
    const abort = () => {
      aborted = true;
      controller.abort("enough");
    };
    const error = await outcomeOf(calls[name].run(engine, operands, { signal: controller.signal, onProgress: abort }));
    expect(error).toBe(aborted ? "enough" : undefined);
    expect(engine.memory).toEqual(before);
  });
});

describe("a call is a DestroyedError", () => {
  const cases = names.flatMap((name) => calls[name].on.map((operand) => [name, operand] as const));

  withEngine.for(cases)("%s: where %s is destroyed before its end", async ([name, operand], { engine }) => {
    const errors = await errorsAt(async () => {
      const operands = await makeOperands(engine);
      return {
        call: calls[name].run(engine, operands),
        happen: () => operands[operand].destroy(),
        end: () => {
          destroyOperands(operands);
          expect(engine.memory).toEqual(empty);
        },
      };
    });
    for (const [moment, error] of errors) expect.soft(error, moment).toBeInstanceOf(DestroyedError);
    expect(errors.length).toBeGreaterThanOrEqual(2);
  });

  withEngine.for(names)("%s: where the engine is destroyed before its end", async (name, { device }) => {
    const errors = await errorsAt(async () => {
      const engine = await createEngine({ device });
      const operands = await makeOperands(engine);
      return {
        call: calls[name].run(engine, operands),
        happen: () => engine.destroy(),
        end: () => expect(engine.memory).toEqual(empty),
      };
    });
    for (const [moment, error] of errors) expect.soft(error, moment).toBeInstanceOf(DestroyedError);
    expect(errors.length).toBeGreaterThanOrEqual(2);
  });

  plain("where the engine is destroyed, and its own device with it, also while kernels compile", async () => {
    const engine = await createEngine();
    const a = await engine.matrix({ data: new Float32Array(100).fill(1), rows: 10, cols: 10 });
    const outcomes = [outcomeOf(engine.svd(a)), outcomeOf(engine.truncatedSvd(a, { components: 2 }))];
    engine.destroy();
    for (const error of await Promise.all(outcomes)) expect(error).toBeInstanceOf(DestroyedError);
  });
});

plain("calls under way are a DeviceLostError where the device is lost", async () => {
  const device = await openDevice();
  const engine = await createEngine({ device });
  const operands = await makeOperands(engine);
  const before = engine.memory;
  const outcomes = names.map((name) => outcomeOf(calls[name].run(engine, operands)));
  await Promise.resolve();
  device.destroy();
  for (const [i, error] of (await Promise.all(outcomes)).entries()) {
    const name = names[i] as (typeof names)[number];
    // A call whose results stay on the GPU does not wait: it may end before Deno reports the loss.
    if (calls[name].on.length === 0 && error === undefined) continue;
    expect.soft(error, name).toBeInstanceOf(DeviceLostError);
  }
  expect(engine.memory).toEqual(before);
  engine.destroy();
});

describe("an aborted call rejects with the reason, unless it has its result by then", () => {
  test.for(lasting)("%s", async (name, { engine, operands }) => {
    const before = engine.memory;
    const errors = await errorsAt(async () => {
      const controller = new AbortController();
      return {
        call: calls[name].run(engine, operands, { signal: controller.signal }),
        happen: () => controller.abort("enough"),
        end: () => expect(engine.memory).toEqual(before),
      };
    });
    for (const [moment, error] of errors.slice(0, 2)) expect.soft(error, moment).toBe("enough");
    for (const [moment, error] of errors.slice(2)) expect.soft(["enough", undefined], moment).toContain(error);
    expect(errors.length).toBeGreaterThanOrEqual(2);
  });
});

/** Makes a promise of the device fail wherever `isDue`, until the end of the test. */
const faults: Readonly<Record<string, (device: GPUDevice, isDue: () => boolean) => void>> = {
  "a rejected mapAsync": (device, isDue) => {
    const { createBuffer } = device;
    device.createBuffer = (descriptor) => {
      const buffer = createBuffer.call(device, descriptor);
      const { mapAsync } = buffer;
      buffer.mapAsync = (...range) => (isDue() ? refuse() : mapAsync.apply(buffer, range));
      return buffer;
    };
  },
  "a rejected onSubmittedWorkDone": ({ queue }, isDue) => {
    const { onSubmittedWorkDone } = queue;
    queue.onSubmittedWorkDone = () => (isDue() ? refuse() : onSubmittedWorkDone.call(queue));
  },
  "a rejected popErrorScope": (device, isDue) => popping(device, isDue, refuse),
  "a device out of memory": (device, isDue) => popping(device, isDue, async () => new GPUOutOfMemoryError("none left")),
};

function popping(device: GPUDevice, isDue: () => boolean, answer: () => Promise<GPUError | null>): void {
  const { popErrorScope } = device;
  device.popErrorScope = () => {
    const popped = popErrorScope.call(device);
    return isDue() ? answer() : popped;
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new DOMException("injected", "OperationError"));
}

describe("a fault of the GPU is a GpuError that names the operation", () => {
  const cases = Object.keys(faults).flatMap((fault) => [0, 10, 40, 160].map((first) => [fault, first] as const));

  test.for(cases)("%s, after %i", async ([fault, first], { engine, device, operands }) => {
    const before = engine.memory;
    let uses = 0;
    faults[fault]?.(device, () => uses++ >= first);
    const errors = await Promise.all(names.map((name) => outcomeOf(calls[name].run(engine, operands))));
    for (const [i, error] of errors.entries()) {
      if (error === undefined) continue;
      expect.soft(error, names[i]).toBeInstanceOf(GpuError);
      expect.soft((error as Error).message, names[i]).toMatch(/^.+: (GPU|none left|OperationError: injected)/);
    }
    expect(errors.filter((error) => error !== undefined).length > 0).toBe(uses > first);
    expect(engine.memory).toEqual(before);
  });
});

describe("a call beyond a limit of the device is a LimitError", () => {
  // A measured operator takes another form instead.
  const limited = names.filter((name) => name !== "activationOperator, measured");

  test.for(limited)("%s", async (name, { engine, device, operands }) => {
    const made = buffersMadeOn(device);
    await outcomeOf(calls[name].run(engine, operands));
    // A read-back is divided to fit.
    const sizes = made.filter(({ usage }) => !(usage & GPUBufferUsage.MAP_READ)).map(({ size }) => size);
    const before = engine.memory;
    const value = { ...numbersOf(device.limits), maxBufferSize: Math.max(16, ...sizes) - 4 };
    Object.defineProperty(device, "limits", { value, configurable: true });
    const error = await outcomeOf(calls[name].run(engine, operands));
    expect(error).toBeInstanceOf(LimitError);
    expect(engine.memory).toEqual(before);
  });
});

function numbersOf(limits: GPUSupportedLimits): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const limit in limits) numbers[limit] = limits[limit as keyof GPUSupportedLimits] as number;
  return numbers;
}
