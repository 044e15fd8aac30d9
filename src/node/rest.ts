/**
 * Rests between Dawn's looks at the GPU. Dawn looks once in each turn of Node's event loop and, while a promise of its
 * own is pending, turns the loop without a pause: a core is busy with waiting, which a software adapter could use.
 */

/** A rest lasts this part of the wait so far, so that no wait grows by more than it; in ms within these bounds. */
const PART = 1 / 8;
const SHORTEST = 0.05;
const LONGEST = 1;

/** What the main thread waits for in vain, so that each of its waits ends by the clock. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4));

let pending = 0;
let latestStart = 0;
let scheduled = false;

/** Makes the long waits of one device rest: for submitted work, for a mapping, for a pipeline. */
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

/** Returns `wait` itself; what becomes of it is its caller's. */
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

/** One rest a turn, however many waits there are; it does not keep the process alive. */
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
