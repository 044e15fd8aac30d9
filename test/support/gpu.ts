import { test as base, expect } from "vitest";
import { describeDevice, requestDevice } from "../../src/gpu/device.ts";

const filters = ["validation", "out-of-memory", "internal"] as const;

/** A device as the engine asks for one. For tests that destroy it; others take the fixture. */
export async function openDevice(): Promise<GPUDevice> {
  const device = await requestDevice(navigator.gpu);
  // This reads adapterInfo while the adapter lives: Deno 2.9 panics where the first to read it comes after its
  // collection.
  expect(describeDevice(device).adapterName, "the adapter's name").not.toBe("");
  return device;
}

/** A fixture: the device that tests share, destroyed after them. */
// biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that one needs from this pattern
export async function deviceToShare({}, { onCleanup }: { readonly onCleanup: (end: () => void) => void }) {
  const shared = { device: await openDevice() };
  onCleanup(() => shared.device.destroy());
  return shared;
}

/**
 * `test` with a `device`. All files of a page or process share one, so that each kernel compiles once; a test that
 * loses it fails, and the next one gets a new device. What a test has replaced on the device or its queue is put back
 * after it.
 *
 * A test must leave no buffer, no open error scope and no empty upload, and no GPU error that it does not catch in an
 * error scope of its own.
 */
export const test = base
  .extend("shared", { scope: "worker" }, deviceToShare)
  .extend("device", async ({ shared }, { onCleanup }) => {
    const { device } = shared;
    const faults: string[] = [];
    const keep = ({ error }: GPUUncapturedErrorEvent) => faults.push(error.message);
    device.addEventListener("uncapturederror", keep);
    for (const filter of filters) device.pushErrorScope(filter);
    const restore = [device, device.queue].map(rememberMembers);
    const leftover = watch(device, faults);
    onCleanup(async () => {
      for (const putBack of restore) putBack();
      for (const resource of leftover.resources) {
        faults.push(`a buffer or texture is left: ${resource.label}`);
        resource.destroy();
      }
      if (leftover.scopes !== 0) faults.push(`${leftover.scopes} error scopes are left open`);
      for (let open = filters.length + leftover.scopes; open > 0; open--) {
        const error = await device.popErrorScope();
        if (error) faults.push(error.message);
      }
      await device.queue.onSubmittedWorkDone();
      device.removeEventListener("uncapturederror", keep);
      const loss = await Promise.race([device.lost, undefined]);
      if (loss) {
        faults.push(`the device was lost: ${loss.message}`);
        shared.device = await openDevice();
      }
      expect(faults, "faults of the test on its device").toEqual([]);
    });
    return device;
  });

/** What describes the buffers that the device of a test makes from now on. */
export function buffersMadeOn(device: GPUDevice): readonly GPUBufferDescriptor[] {
  const made: GPUBufferDescriptor[] = [];
  const { createBuffer } = device;
  device.createBuffer = (descriptor) => {
    made.push(descriptor);
    return createBuffer.call(device, descriptor);
  };
  return made;
}

/**
 * The returned function gives `object` the own members of now again, and no others: WebGPU's members stand on
 * prototypes in browsers, and some on the device itself in Dawn in Node.
 */
function rememberMembers(object: object): () => void {
  const before = Object.getOwnPropertyDescriptors(object);
  return () => {
    for (const name of Object.getOwnPropertyNames(object)) {
      if (!Object.hasOwn(before, name)) Reflect.deleteProperty(object, name);
    }
    Object.defineProperties(object, before);
  };
}

/**
 * Counts the buffers and textures of a device that are not destroyed, and its open error scopes; notes empty uploads, and
 * leaves them out, because Deno panics on one.
 */
function watch(device: GPUDevice, faults: string[]) {
  const leftover = { resources: new Set<GPUBuffer | GPUTexture>(), scopes: 0 };
  const { queue, createBuffer, createTexture, pushErrorScope, popErrorScope } = device;
  const { writeBuffer } = queue;
  const watched = <R extends GPUBuffer | GPUTexture>(resource: R): R => {
    leftover.resources.add(resource);
    const { destroy } = resource;
    resource.destroy = () => {
      leftover.resources.delete(resource);
      return destroy.call(resource as GPUBuffer & GPUTexture);
    };
    return resource;
  };
  device.createBuffer = (descriptor) => watched(createBuffer.call(device, descriptor));
  device.createTexture = (descriptor) => watched(createTexture.call(device, descriptor));
  device.pushErrorScope = (filter) => {
    leftover.scopes++;
    return pushErrorScope.call(device, filter);
  };
  device.popErrorScope = () => {
    leftover.scopes--;
    return popErrorScope.call(device);
  };
  queue.writeBuffer = (buffer, offset, data: GPUAllowSharedBufferSource, ...range: number[]) => {
    if (data.byteLength > 0) return writeBuffer.call(queue, buffer, offset, data, ...range);
    faults.push(`an empty upload to ${buffer.label}`);
  };
  return leftover;
}
