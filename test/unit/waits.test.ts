import { expect, test } from "vitest";
import { answering } from "../../src/gpu/waits.ts";

/** A device whose waits for an empty queue take these milliseconds, one after the other, and the last ever after. */
function waiting(...times: readonly number[]): GPUDevice {
  let waits = 0;
  const onSubmittedWorkDone = () =>
    new Promise((resolve) => {
      setTimeout(resolve, times[Math.min(waits++, times.length - 1)]);
    });
  return { queue: { onSubmittedWorkDone } } as unknown as GPUDevice;
}

test("the latency is that of the shortest wait, because the first ones wait for other things too", async () => {
  const { latency, slow } = await answering(waiting(60, 40, 2, 2));
  expect(latency).toBeLessThan(15);
  expect(slow).toBe(false);
});

test("a device that looks for finished work on a timer is slow, wherever in its period the first wait falls", async () => {
  expect((await answering(waiting(3, 60, 60, 60))).slow).toBe(true);
});

test("a device is measured once", () => {
  const device = waiting(1);
  expect(answering(device)).toBe(answering(device));
});
