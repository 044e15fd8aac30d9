import { afterAll, expect, test } from "vitest";
import { openDawn } from "../../src/node.ts";

const { device, close } = await openDawn();
afterAll(close);

test("Dawn opens a named adapter with the limits the engine asks for", () => {
  const { vendor, architecture, description } = device.adapterInfo;
  expect(vendor + architecture + description).not.toBe("");
  expect(device.limits.maxStorageBufferBindingSize).toBeGreaterThan(128 * 2 ** 20);
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
