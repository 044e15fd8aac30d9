/** Drivers that a stack may run on. */
import { readFileSync } from "node:fs";
import { basename, delimiter, dirname } from "node:path";
import { type Environment, pathsIn } from "../../src/node/environment.ts";
import { findManifests, findSwiftShader, useManifests } from "../../src/node/vulkan.ts";

/** What a stack's processes need in their environment, or a sentence that says why it is not here and how to get it. */
export type Found = { readonly env: Environment } | { readonly missing: string };

export interface Driver {
  readonly title: string;
  find(): Found;
  /**
   * The kind of adapter that a runtime must offer on the driver, or else the stack is not here: packages bring manifests of
   * drivers for GPUs that the machine does not have. Where `ask` is missing, a runtime without an adapter has failed.
   */
  readonly ask?: "any" | "hardware";
  /** What an adapter needs in addition to a manifest. */
  readonly needs?: string;
}

/** The exit code of `probe.ts` where a driver offers no adapter; a crash has another. */
export const noAdapter = 3;

/** Chromium's SwiftShader, which it brings itself. */
export const bundled: Driver = { title: "its own SwiftShader", find: () => ({ env: {} }) };

/** The driver of the machine's GPU; Metal on macOS and D3D12 on Windows, which need no manifest. */
export const system: Driver = {
  title: "the system's driver",
  ask: "hardware",
  needs: "it needs a GPU with its driver",
  find() {
    if (process.platform !== "linux") return { env: {} };
    const manifests = findManifests().filter((path) => !isLavapipe(path) && !isSwiftShader(path));
    return manifests.length > 0
      ? { env: useManifests(manifests) }
      : { missing: "no Vulkan driver of a GPU is here: install the GPU's driver" };
  },
};

export const lavapipe: Driver = {
  title: "lavapipe",
  ask: "any",
  // Dawn refuses Mesa 22, and so does the engine where loops end too early.
  needs: "Mesa 22 does not serve, Mesa 25 does",
  find() {
    const [manifest] = findManifests().filter(isLavapipe);
    return manifest
      ? { env: useManifests([manifest]) }
      : {
          missing:
            "no manifest of lavapipe is here: apt-get install mesa-vulkan-drivers, or set VK_DRIVER_FILES to a Mesa's lvp_icd.json",
        };
  },
};

/** The SwiftShader that comes with an installed Chrome or Chromium. */
export const swiftShader: Driver = {
  title: "SwiftShader",
  find() {
    if (process.platform !== "linux") return { missing: "SwiftShader serves Vulkan on Linux only" };
    const [manifest] = findSwiftShader();
    if (!manifest) return { missing: "no SwiftShader is here: install Chrome or Chromium, which brings it" };
    // In the same folder is Vulkan's loader, for machines that have none.
    const libraries = [...pathsIn(process.env.LD_LIBRARY_PATH), dirname(manifest)].join(delimiter);
    return { env: { ...useManifests([manifest]), LD_LIBRARY_PATH: libraries } };
  },
};

/** By the name or the text of the manifest: one that a user wrote may have any name. */
export function isLavapipe(manifest: string): boolean {
  return /lvp|lavapipe/.test(basename(manifest) + readFileSync(manifest, "utf8"));
}

function isSwiftShader(manifest: string): boolean {
  return /swiftshader/.test(basename(manifest) + readFileSync(manifest, "utf8"));
}
