import { afterAll, expect, test } from "vitest";
import { create } from "webgpu";
import { openDawn } from "../../src/node.ts";

const { device, close } = await openDawn();
afterAll(close);

test("Dawn opens a device with the adapter's own limits, where the engine asks for them", async () => {
  const gpu = create([]);
  Object.assign(globalThis, { dawnOfThisTest: gpu }); // once collected, it takes the process down with it
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  expect(device.limits.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
  expect(device.limits.maxStorageBufferBindingSize).toBe(adapter?.limits.maxStorageBufferBindingSize);
});

test("Dawn brings WebGPU's globals and validates like a browser", async () => {
  device.pushErrorScope("validation");
  device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
  expect((await device.popErrorScope())?.message).toMatch(/MapRead/);
});

test("a second device shares Dawn and survives the first one's end", async () => {
  const first = await openDawn();
  const second = await openDawn();
  first.close();
  await second.device.queue.onSubmittedWorkDone();
  second.close();
  expect((await first.device.lost).reason).toBe("destroyed");
});
