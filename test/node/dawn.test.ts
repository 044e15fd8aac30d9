import { afterAll, expect, test } from "vitest";
import { dawn, openDawn } from "../../src/node.ts";

const atOnce = await Promise.all([dawn(), dawn()]);
const { device, close } = await openDawn();
afterAll(close);

test("Dawn opens a device with the adapter's own limits, where the engine asks for them", async () => {
  const adapter = await (await dawn()).requestAdapter({ powerPreference: "high-performance" });
  expect(device.limits.maxBufferSize).toBe(adapter?.limits.maxBufferSize);
  expect(device.limits.maxStorageBufferBindingSize).toBe(adapter?.limits.maxStorageBufferBindingSize);
});

test("Dawn brings WebGPU's globals and validates like a browser", async () => {
  device.pushErrorScope("validation");
  device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
  expect((await device.popErrorScope())?.message).toMatch(/MapRead/);
});

test("concurrent calls get one Dawn: a second one would be collected, which ends the process", () => {
  expect(atOnce[0]).toBe(atOnce[1]);
});

test("a second device shares Dawn and survives the first one's end", async () => {
  const first = await openDawn();
  const second = await openDawn();
  first.close();
  await second.device.queue.onSubmittedWorkDone();
  second.close();
  expect((await first.device.lost).reason).toBe("destroyed");
});
