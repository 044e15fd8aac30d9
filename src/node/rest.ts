/**
 * Pauses between Dawn's polls of the GPU. Dawn polls once in each turn of Node's event loop and, while one of its promises
 * is pending, runs the loop without a pause. That occupies a core, which a software adapter could use.
 */

/** A rest lasts this part of the wait so far, within these bounds in ms, so that no wait grows by a larger part. */
const PART = 1 / 8;
const SHORTEST = 0.05;
const LONGEST = 1;

/** Nothing notifies it: each wait for it ends at its time limit. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

let pending = 0;
let latestStart = 0;
let scheduled = false;

/** Lets the thread rest during the long waits of a device: for submitted work, for a mapping, for a pipeline. */
export function restInWaitsOf(device: GPUDevice): void {
  const { queue } = device;
  const workDone = queue.onSubmittedWorkDone.bind(queue);
  const pipeline = device.createComputePipelineAsync.bind(device);
  const createBuffer = device.createBuffer.bind(device);
  queue.onSubmittedWorkDone = () => restDuring(workDone());
  device.createComputePipelineAsync = (descriptor) => restDuring(pipeline(descriptor));
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const map = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (...range) => restDuring(map(...range));
    return buffer;
  };
}

/** Returns `wait` itself: its caller handles its rejection. */
function restDuring<T>(wait: Promise<T>): Promise<T> {
  pending++;
  latestStart = performance.now();
  const end = () => {
    pending--;
  };
  wait.then(end, end);
  schedule();
  return wait;
}

/** One rest a turn of the loop, for all waits together. It does not keep the process alive. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    if (pending === 0) return;
    const waited = performance.now() - latestStart;
    Atomics.wait(neverNotified, 0, 0, Math.min(Math.max(waited * PART, SHORTEST), LONGEST));
    schedule();
  }).unref();
}
