/** Vulkan drivers on this machine, each known to Vulkan's loader by a manifest (`…_icd.json`). */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { browserPaths } from "../../scripts/browser.mjs";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where distributions put Chromium's libraries: its command is a script in another folder. */
const packagedFolders = [
  "/usr/lib/chromium",
  "/usr/lib64/chromium-browser",
  "/snap/chromium/current/usr/lib/chromium-browser",
];

/** Every driver's manifest in the places where Vulkan's loader looks, those that the environment names first. */
export function findManifests(
  env: Environment = process.env,
  systemRoots: readonly string[] = ["/etc", "/usr/local/etc", "/usr/local/share", "/usr/share"],
): string[] {
  const named = [env.VK_DRIVER_FILES, env.VK_ICD_FILENAMES, env.VK_ADD_DRIVER_FILES].flatMap((paths) => list(paths));
  const userRoot = env.XDG_DATA_HOME || join(homedir(), ".local/share");
  const folders = [userRoot, ...list(env.XDG_DATA_DIRS), ...systemRoots].map((root) => join(root, "vulkan/icd.d"));
  return [...new Set([...named, ...folders])]
    .filter((path) => existsSync(path))
    .flatMap((path) => (path.endsWith(".json") ? [path] : manifestsIn(path)));
}

/** Manifests of the SwiftShader that lies beside an installed Chrome or Chromium, with Vulkan's loader beside it. */
export function findSwiftShader(): string[] {
  return browserFolders()
    .map((folder) => join(folder, "vk_swiftshader_icd.json"))
    .filter((manifest) => existsSync(manifest));
}

/** Folders with a browser's libraries. */
export function browserFolders(): string[] {
  return [...new Set([...browserPaths().map((path) => dirname(realpathSync(path))), ...packagedFolders])];
}

/** The variables that name the loader's drivers: new loaders read VK_DRIVER_FILES, those before 1.3.207 VK_ICD_FILENAMES. */
export function useManifests(manifests: readonly string[]): Record<"VK_DRIVER_FILES" | "VK_ICD_FILENAMES", string> {
  const paths = manifests.join(delimiter);
  return { VK_DRIVER_FILES: paths, VK_ICD_FILENAMES: paths };
}

/** The entries of a variable such as PATH. */
export function list(paths = ""): string[] {
  return paths.split(delimiter).filter((path) => path !== "");
}

function manifestsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}
