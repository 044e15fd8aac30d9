import { describe, expect, test } from "vitest";
import { DeviceLostError, GpuError, ShaderError } from "../../src/errors.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { causeOf } from "../../src/gpu/life.ts";
import { Pipelines } from "../../src/gpu/pipelines.ts";
import { allDone } from "../../src/gpu/waits.ts";

/** A device that reports a fault first, and that it is lost `after` ms later: as Firefox and Deno do. */
function failing(after: number, parts: Partial<GPUDevice> = {}): GPUDevice {
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    if (after < Number.POSITIVE_INFINITY) {
      setTimeout(() => resolve({ reason: "destroyed", message: "gone" } as GPUDeviceLostInfo), after);
    }
  });
  const fault = { message: "Parent device is lost" } as GPUValidationError;
  return {
    lost,
    adapterInfo: {},
    limits: {},
    features: [],
    pushErrorScope: () => {},
    popErrorScope: async () => fault,
    ...parts,
  } as unknown as GPUDevice;
}

describe("what a device's promise rejects with", () => {
  const alive = Number.POSITIVE_INFINITY;
  const refused = () => Promise.reject(new DOMException("injected", "OperationError"));

  test("is a GpuError that names the operation, with its cause", async () => {
    const fault = new DOMException("", "AbortError"); // as Dawn has it
    const error = await causeOf(failing(alive), fault, "read-back");
    expect(error).toBeInstanceOf(GpuError);
    expect(error).toMatchObject({ message: "read-back: AbortError", cause: fault });
  });

  test.each([20, alive])("of an error scope, the loss after %d ms", async (after) => {
    const gpu = new Gpu(failing(after, { popErrorScope: refused }));
    await expect(gpu.guard("matrix", () => 1)).rejects.toThrow(after === 20 ? DeviceLostError : GpuError);
  });

  test.each([20, alive])("of submitted work, the loss after %d ms", async (after) => {
    const queue = { onSubmittedWorkDone: refused } as unknown as GPUQueue;
    const gpu = new Gpu(failing(after, { queue }));
    const wait = gpu.answered(gpu.device.queue.onSubmittedWorkDone());
    await expect(wait).rejects.toThrow(after === 20 ? DeviceLostError : GpuError);
  });

  test.each([20, alive])("of a compilation, the loss after %d ms", async (after) => {
    const module = { getCompilationInfo: refused } as unknown as GPUShaderModule;
    const gpu = new Gpu(failing(after, { createShaderModule: () => module }));
    const compiled = gpu.pipelines.get({ label: "a kernel", code: "" });
    await expect(compiled).rejects.toThrow(after === 20 ? DeviceLostError : GpuError);
    if (after === alive) await expect(compiled).rejects.toThrow("a kernel: OperationError: injected");
  });
});

test("a wait for several promises ends when all have, with the first that rejects in their order", async () => {
  let ended = false;
  const slow = new Promise((resolve) => setTimeout(resolve, 20)).then(() => {
    ended = true;
    throw new Error("later");
  });
  await expect(allDone([slow, Promise.reject(new Error("at once"))])).rejects.toThrow("later");
  expect(ended).toBe(true);
  expect(await allDone([Promise.resolve(1), "two"])).toEqual([1, "two"]);
});

test("a wait that fails on a slow device ends its empty submits", async () => {
  let submits = 0;
  const queue = {
    onSubmittedWorkDone: () => new Promise((resolve) => setTimeout(resolve, 30)), // slow: Firefox takes 100 ms
    submit: () => {
      submits++;
    },
  } as unknown as GPUQueue;
  const gpu = new Gpu(failing(Number.POSITIVE_INFINITY, { queue }));
  await gpu.answering();
  const refused = new Promise((_, reject) => setTimeout(() => reject(new DOMException("injected")), 30));
  await expect(gpu.answered(refused)).rejects.toThrow(GpuError);
  const before = submits;
  expect(before).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(submits).toBe(before);
});

describe("a fault that comes of a lost device", () => {
  test("is reported as the loss, also where the device reports that later", async () => {
    const error = await causeOf(failing(50), new GpuError("submit: Parent device is lost"), "submit");
    expect(error).toBeInstanceOf(DeviceLostError);
    expect((error as Error).message).toBe("the GPU device was lost (destroyed): gone");
  });

  test("is reported as it is where no device is lost", async () => {
    const fault = new GpuError("submit: too many bindings");
    expect(await causeOf(failing(Number.POSITIVE_INFINITY), fault, "submit")).toBe(fault);
  });

  test.each([20, Number.POSITIVE_INFINITY])("in an error scope, the loss after %d ms", async (after) => {
    const gpu = new Gpu(failing(after));
    await expect(gpu.guard("matrix", () => 1)).rejects.toThrow(after === 20 ? DeviceLostError : GpuError);
  });

  test.each([20, Number.POSITIVE_INFINITY])("in a shader's compilation, the loss after %d ms", async (after) => {
    const module = { getCompilationInfo: async () => ({ messages: [] }) } as unknown as GPUShaderModule;
    const device = failing(after, { createShaderModule: () => module });
    const compiled = Pipelines.of(device).get({ label: "a", code: "" });
    await expect(compiled).rejects.toThrow(after === 20 ? DeviceLostError : ShaderError);
  });

  test("leaves no rejection unhandled where the work in a scope throws", async () => {
    const unhandled: unknown[] = [];
    const keep = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", keep);
    const gpu = new Gpu(failing(1, { popErrorScope: () => Promise.reject(new Error("no such device")) }));
    const work = () => {
      throw new Error("no buffer");
    };
    await expect(gpu.guard("matrix", work)).rejects.toThrow("no buffer");
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.off("unhandledRejection", keep);
    expect(unhandled).toEqual([]);
  });
});
