import { test as base, expect } from "vitest";
import { describeDevice, requestDevice } from "../../src/gpu/device.ts";

const filters = ["validation", "out-of-memory", "internal"] as const;

/** A device as the engine asks for one. For tests that destroy it; others take the fixture. */
export async function openDevice(): Promise<GPUDevice> {
  const device = await requestDevice(navigator.gpu);
  // This reads adapterInfo while the adapter lives: Deno 2.9 panics where the first to read it comes after its collection.
  expect(describeDevice(device).adapterName, "the adapter's name").not.toBe("");
  return device;
}

/**
 * `test` with a `device`, one for all files of a page or process, so that each kernel compiles once. After each test that takes it, the queue must drain with no GPU error, no
 * upload may have been empty and the device must not be lost; an error that a test provokes belongs in an error scope of that test's own.
 */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one needs from this pattern
  .extend("sharedDevice", { scope: "worker" }, async ({}, { onCleanup }) => {
    const device = await openDevice();
    onCleanup(() => device.destroy());
    return device;
  })
  .extend("device", async ({ sharedDevice: device }, { onCleanup }) => {
    const errors: string[] = [];
    const keep = ({ error }: GPUUncapturedErrorEvent) => errors.push(error.message);
    device.addEventListener("uncapturederror", keep);
    for (const filter of filters) device.pushErrorScope(filter);
    // Deno panics on an empty upload.
    const { queue } = device;
    const { writeBuffer } = queue;
    queue.writeBuffer = (buffer, offset, data: GPUAllowSharedBufferSource, ...range: number[]) => {
      if (data.byteLength === 0) errors.push(`an empty upload to ${buffer.label}`);
      return writeBuffer.call(queue, buffer, offset, data, ...range);
    };
    onCleanup(async () => {
      for (const _ of filters) {
        const error = await device.popErrorScope();
        if (error) errors.push(error.message);
      }
      await device.queue.onSubmittedWorkDone();
      device.removeEventListener("uncapturederror", keep);
      queue.writeBuffer = writeBuffer;
      expect(errors, "GPU errors during the test").toEqual([]);
      const lost = await Promise.race([device.lost, Promise.resolve()]);
      expect(lost?.message, "device lost").toBeUndefined();
    });
    return device;
  });
