/** WebGPU for Node: a device from Dawn (the optional peer `webgpu`), on the machine's driver or on Chrome's SwiftShader. */
import { NoAdapterError } from "./errors.ts";
import { granted, requestDevice } from "./gpu/device.ts";
import { environmentHelp, setVariables } from "./node/environment.ts";
import { restInWaitsOf } from "./node/rest.ts";
import { findManifests, findSwiftShader, loadVulkan, useManifests } from "./node/vulkan.ts";

/** Keeps Dawn's entry point as long as the process lives: the process would crash after its garbage collection. */
const pinned = globalThis as { spectralShrinkageDawn?: Promise<GPU> };

const driverHelp = `  - a GPU with its driver: Vulkan on Linux, Metal on macOS, D3D12 on Windows
  - Linux without a GPU: install Chrome or Chromium, which brings SwiftShader
    (apt-get install chromium, or npx puppeteer browsers install chrome)
  - a browser elsewhere: set PUPPETEER_EXECUTABLE_PATH to its executable`;

/**
 * Opens a GPU device in Node, for `createEngine({ device })`, and defines WebGPU's globals (GPUBufferUsage and others).
 * It takes the machine's own driver. On Linux without one, it takes the SwiftShader that comes with Chrome or Chromium.
 * SwiftShader needs a variable in the environment of the process, of which a worker thread has only a copy: call this on the
 * main thread first, or make the worker with `env: SHARE_ENV`. Messages of Dawn, Vulkan and the drivers go to the process's
 * stderr.
 *
 * @returns the device, with the limits that the engine asks for, and `close`, which destroys it
 * @throws NoAdapterError where the package `webgpu` is missing or does not load, or where there is no adapter
 */
export async function openDawn(): Promise<{ device: GPUDevice; close(): void }> {
  const device = await requestDevice(await dawn());
  restInWaitsOf(device);
  return { device, close: () => device.destroy() };
}

/** What `navigator.gpu` is in a browser, one for a process. Defines WebGPU's globals. @throws NoAdapterError as openDawn */
export async function dawn(): Promise<GPU> {
  const { create, globals } = await importDawn();
  Object.assign(globalThis, globals);
  pinned.spectralShrinkageDawn ??= firstWithAdapter(create).catch((error) => {
    delete pinned.spectralShrinkageDawn; // a later call may find an adapter
    throw error;
  });
  return pinned.spectralShrinkageDawn;
}

async function importDawn() {
  try {
    return await import("webgpu");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    throw new NoAdapterError(
      missing
        ? "WebGPU in Node needs the package webgpu: npm install webgpu"
        : `the package webgpu does not load here: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function firstWithAdapter(create: (options: string[]) => GPU): Promise<GPU> {
  const software = process.platform === "linux" ? findSwiftShader() : [];
  for (const prepare of drivers(software)) {
    await prepare();
    const gpu = create([]);
    if (await granted("an adapter", gpu.requestAdapter())) return gpu;
  }
  const help = [...environmentHelp(software), driverHelp].join("\n");
  throw new NoAdapterError(`no GPU adapter here. Any one of these helps:\n${help}`);
}

/** One function for each driver, to be called before Dawn starts: each instance of Dawn reads the environment again. */
function drivers(software: readonly string[]): (() => Promise<void>)[] {
  const asItIs = async () => {};
  if (process.platform !== "linux") return [asItIs];
  loadVulkan();
  const others = software.map((manifest) => () => setVariables(useManifests([manifest])));
  // Without this check, Dawn prints a warning on every machine that has no driver.
  return findManifests().length > 0 ? [asItIs, ...others] : others;
}
