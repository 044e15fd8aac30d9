/** How a device answers that it has done its work. */
export interface Answering {
  /** Milliseconds from the end of the work to the answer, about. */
  readonly latency: number;
  /** Whether the device looks for finished work on a slow timer, and at every submit. */
  readonly slow: boolean;
}

/** Milliseconds between two empty submits that let a slow device look for finished work. */
export const PROD_MS = 4;

/** Firefox takes 100 ms, Deno 11, Chromium and Dawn in Node less than 1. */
const SLOW_MS = 20;

const ofDevice = new WeakMap<GPUDevice, Promise<Answering>>();

/** Measured once a device, by waits for a queue with nothing in it. */
export function answering(device: GPUDevice): Promise<Answering> {
  let measured = ofDevice.get(device);
  if (!measured) {
    measured = measure(device);
    measured.catch(() => {}); // it fails with the device, whose loss every wait tells
    ofDevice.set(device, measured);
  }
  return measured;
}

/**
 * Firefox drives its GPU process from a timer of 100 ms (bug 1870699), except that each submit looks for finished work
 * too. With an empty submit each 4 ms a wait takes 5 to 9 ms there; to be deleted when that bug is closed.
 */
async function measure(device: GPUDevice): Promise<Answering> {
  const wait = async () => {
    const start = performance.now();
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await wait(); // what others submitted, and the rest of a timer's period
  const first = await wait();
  if (first < SLOW_MS) return { latency: first, slow: false };
  const latency = Math.min(first, await wait());
  return latency < SLOW_MS ? { latency, slow: false } : { latency: 2 * PROD_MS, slow: true };
}
