/** Vulkan's loader and the drivers on this machine. The loader knows a driver by its manifest (`…_icd.json`). */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { constants, homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { browserPaths } from "./browsers.ts";
import { type Environment, pathsIn } from "./environment.ts";

/** Where distributions put Chromium's libraries. Its command is a script in another folder. */
const packagedFolders = [
  "/usr/lib/chromium",
  "/usr/lib64/chromium-browser",
  "/snap/chromium/current/usr/lib/chromium-browser",
];

/** Every driver's manifest where Vulkan's loader searches. Those that the environment names come first. */
export function findManifests(
  env: Environment = process.env,
  systemRoots: readonly string[] = ["/etc", "/usr/local/etc", "/usr/local/share", "/usr/share"],
): string[] {
  const named = [env.VK_DRIVER_FILES, env.VK_ICD_FILENAMES, env.VK_ADD_DRIVER_FILES].flatMap((paths) => pathsIn(paths));
  const userRoot = env.XDG_DATA_HOME || join(homedir(), ".local/share");
  const folders = [userRoot, ...pathsIn(env.XDG_DATA_DIRS), ...systemRoots].map((root) => join(root, "vulkan/icd.d"));
  return [...new Set([...named, ...folders])]
    .filter((path) => existsSync(path))
    .flatMap((path) => (path.endsWith(".json") ? [path] : manifestsIn(path)));
}

/** Manifests of the SwiftShader that comes with an installed Chrome or Chromium. Vulkan's loader is in the same folder. */
export function findSwiftShader(): string[] {
  return browserFolders()
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .filter((manifest) => existsSync(manifest));
}

/** Folders with a browser's libraries. */
function browserFolders(): string[] {
  return [...new Set([...browserPaths().map((path) => dirname(realpathSync(path))), ...packagedFolders])];
}

/** Variables that name the drivers to the loader: VK_DRIVER_FILES, and VK_ICD_FILENAMES for loaders before 1.3.207. */
export function useManifests(manifests: readonly string[]): Record<"VK_DRIVER_FILES" | "VK_ICD_FILENAMES", string> {
  const paths = manifests.join(delimiter);
  return { VK_DRIVER_FILES: paths, VK_ICD_FILENAMES: paths };
}

/**
 * Makes sure that Dawn finds libvulkan.so.1: the system's, else a browser's. Once the library is loaded, Dawn's own search
 * by name finds it. Node loads both and then refuses them ("did not self-register"); RTLD_NODELETE keeps them loaded.
 */
export function loadVulkan(): void {
  const rtldNoDelete = 0x1000;
  for (const path of ["libvulkan.so.1", ...browserFolders().map((folder) => join(folder, "libvulkan.so.1"))]) {
    try {
      process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | rtldNoDelete);
    } catch (error) {
      if ((error as Error).message.includes("self-register")) return;
    }
  }
}

function manifestsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}
