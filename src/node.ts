/** WebGPU for Node: a device from Dawn (the optional peer `webgpu`), on the machine's driver or on Chrome's SwiftShader. */
import { constants } from "node:os";
import { join } from "node:path";
import { NoAdapterError } from "./errors.ts";
import { granted, requestDevice } from "./gpu/device.ts";
import { environmentHelp, setVariables } from "./node/environment.ts";
import { restInWaitsOf } from "./node/rest.ts";
import { browserFolders, findManifests, findSwiftShader, useManifests } from "./node/vulkan.ts";

/** Holds Dawn's entry point for the life of the process: once collected, it takes the process down with it. */
const pinned = globalThis as { spectralShrinkageDawn?: Promise<GPU> };

const driverHelp = `  - a GPU with its driver: Vulkan on Linux, Metal on macOS, D3D12 on Windows
  - Linux without a GPU: install Chrome or Chromium, whose SwiftShader then serves
    (apt-get install chromium, or npx puppeteer browsers install chrome)
  - a browser elsewhere: set PUPPETEER_EXECUTABLE_PATH to its executable`;

/**
 * Opens a GPU device in Node, for `createEngine({ device })`, and defines WebGPU's globals (GPUBufferUsage and the
 * rest). Takes the machine's own driver; on Linux without one, the SwiftShader that ships beside Chrome or Chromium.
 * SwiftShader takes a variable in the environment of the process, which a worker thread has only a copy of: there, call it
 * on the main thread first, or make the worker with `env: SHARE_ENV`. What Dawn, Vulkan and the drivers say of each other
 * goes to the process's stderr.
 *
 * @returns the device, with the limits the engine asks for, and `close`, which destroys it
 * @throws NoAdapterError the package `webgpu` is missing or does not load, or neither kind of adapter is here
 */
export async function openDawn(): Promise<{ device: GPUDevice; close(): void }> {
  const device = await requestDevice(await dawn());
  restInWaitsOf(device);
  return { device, close: () => device.destroy() };
}

/** What `navigator.gpu` is in a browser, one for the process; defines WebGPU's globals. @throws NoAdapterError as openDawn */
export async function dawn(): Promise<GPU> {
  const { create, globals } = await importDawn();
  Object.assign(globalThis, globals);
  pinned.spectralShrinkageDawn ??= firstWithAdapter(create).catch((error) => {
    delete pinned.spectralShrinkageDawn; // a later call may find what is not here yet
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
  throw new NoAdapterError(`no GPU adapter here. Any one of these mends it:\n${help}`);
}

/** What to do before Dawn starts, for one driver after another: Dawn reads the environment anew with each instance. */
function drivers(software: readonly string[]): (() => Promise<void>)[] {
  const asItIs = async () => {};
  if (process.platform !== "linux") return [asItIs];
  loadVulkan();
  const others = software.map((manifest) => () => setVariables(useManifests([manifest])));
  // Without this look, Dawn prints a warning of its own on every machine that has no driver.
  return findManifests().length > 0 ? [asItIs, ...others] : others;
}

/**
 * Makes sure that Dawn finds libvulkan.so.1: the system's, else a browser's. A library loaded already satisfies Dawn's
 * own search by name. Node refuses both ("did not self-register"), after it has loaded them, and RTLD_NODELETE keeps them.
 */
function loadVulkan(): void {
  const rtldNoDelete = 0x1000;
  for (const path of ["libvulkan.so.1", ...browserFolders().map((folder) => join(folder, "libvulkan.so.1"))]) {
    try {
      process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | rtldNoDelete);
    } catch (error) {
      if ((error as Error).message.includes("self-register")) return;
    }
  }
}
