import { oncePerDevice } from "./once.ts";

/** How a device answers that it has done its work. */
export interface Answering {
  /** Milliseconds from the end of the work to the answer, about. */
  readonly latency: number;
  /** Whether the device looks for finished work on a slow timer, and at every submit. */
  readonly slow: boolean;
}

/** Milliseconds between two empty submits that let a slow device look for finished work. */
export const POLL_MS = 4;

/** What a wait then takes: 5 to 9 ms in Firefox. */
const POLLED_MS = 8;

/** Firefox takes 100 ms, Deno 11, Chromium and Dawn in Node less than 1. */
const SLOW_MS = 20;

/** Waits that are measured, unless one is as short as it gets: the first ones in a page of Chromium take up to 8 ms. */
const WAITS = 3;
const SHORT_MS = 0.5;

const once = oncePerDevice<Answering>();

/** Measured once a device. Where others keep it busy meanwhile, it may count as slow: empty submits go out in vain. */
export function answering(device: GPUDevice): Promise<Answering> {
  return once(device, () => measure(device));
}

async function measure(device: GPUDevice): Promise<Answering> {
  const wait = async () => {
    const start = performance.now();
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await wait(); // for what was submitted before, and the rest of a timer's period
  let latency = Number.POSITIVE_INFINITY;
  for (let i = 0; i < WAITS && latency > SHORT_MS; i++) latency = Math.min(latency, await wait());
  return latency < SLOW_MS ? { latency, slow: false } : { latency: POLLED_MS, slow: true };
}
