import { oncePerDevice } from "./once.ts";

/** As Promise.all, except that it waits for all promises even where one rejects: none outlives the call that waits. */
export async function allDone<const T extends readonly unknown[]>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** How a device answers that it has done its work. */
export interface Answering {
  /** About how many milliseconds pass from the end of the work to the answer. */
  readonly latency: number;
  /** Whether the device looks for finished work on a slow timer, and at every submit. */
  readonly slow: boolean;
}

/** Milliseconds between two empty submits, at which a slow device looks for finished work. */
export const POLL_MS = 4;

/** The latency with empty submits: 5 to 9 ms in Firefox. */
const POLLED_MS = 8;

/** A device with this latency or more is slow. Firefox takes 100 ms, Deno 11, Chromium and Dawn in Node less than 1. */
const SLOW_MS = 20;

/**
 * Waits that are measured, unless one is as short as `SHORT_MS`: the first ones in a page of Chromium take up to 8 ms.
 */
const WAITS = 3;
const SHORT_MS = 0.5;

const once = oncePerDevice<Answering>();

/** Measured once a device. A device that is busy meanwhile may count as slow: the empty submits then do no harm. */
export function answering(device: GPUDevice): Promise<Answering> {
  return once(device, () => measure(device));
}

async function measure(device: GPUDevice): Promise<Answering> {
  const wait = async () => {
    const start = performance.now();
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await wait(); // for earlier submits, and the rest of a timer's period
  let latency = Number.POSITIVE_INFINITY;
  for (let i = 0; i < WAITS && latency > SHORT_MS; i++) latency = Math.min(latency, await wait());
  return latency < SLOW_MS ? { latency, slow: false } : { latency: POLLED_MS, slow: true };
}
