/** The next test gets the shared device whole, whatever a test does to it. The order of these tests matters. */
import { expect } from "vitest";
import { deviceToShare, test as onShared } from "../support/gpu.ts";

/** The tests of this file share a device of their own: a new one has to compile the kernels of all other files again. */
const test = onShared.extend("shared", { scope: "worker" }, deviceToShare);

const faults: Readonly<Record<string, (device: GPUDevice) => unknown>> = {
  "leaves a buffer": (device) => device.createBuffer({ label: "left", size: 16, usage: GPUBufferUsage.STORAGE }),
  "leaves an error scope open": (device) => device.pushErrorScope("validation"),
  "closes an error scope that it has not opened": (device) => device.popErrorScope(),
  "makes an error that it does not catch": (device) => device.createSampler({ lodMinClamp: -1 }),
  "uploads nothing": (device) => {
    const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(buffer, 0, new Float32Array(0));
    buffer.destroy();
  },
  "loses it": async (device) => {
    device.destroy();
    await device.lost;
  },
};

for (const [what, happen] of Object.entries(faults)) {
  test.fails(`a test that ${what} fails`, async ({ device }) => {
    await happen(device);
  });

  test(`the next test, after one that ${what}, finds it whole`, async ({ device }) => {
    expect(await Promise.race([device.lost, "alive"])).toBe("alive");
    device.pushErrorScope("validation");
    device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE }).destroy();
    expect(await device.popErrorScope()).toBeNull();
  });
}

test("what a test has replaced on it", ({ device }) => {
  const refuse = () => {
    throw new Error("replaced");
  };
  Object.assign(device, { createBuffer: refuse, popErrorScope: refuse });
  Object.assign(device.queue, { submit: refuse, onSubmittedWorkDone: refuse });
  Object.defineProperty(device, "limits", { value: {}, configurable: true });
});

test("is put back after it", async ({ device }) => {
  device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE }).destroy();
  device.queue.submit([]);
  await device.queue.onSubmittedWorkDone();
  expect(device.limits.maxBindGroups).toBeGreaterThan(0);
});
