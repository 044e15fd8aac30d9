/** Vulkan drivers on this machine, each known to Vulkan's loader by a manifest (`…_icd.json`). */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { browserPaths } from "../../scripts/browser.mjs";

const manifestName = "vk_swiftshader_icd.json";

/** Where distributions put Chromium's libraries: its command is a script in another folder. */
const packagedFolders = [
  "/usr/lib/chromium",
  "/usr/lib64/chromium-browser",
  "/snap/chromium/current/usr/lib/chromium-browser",
];

type Environment = Readonly<Record<string, string | undefined>>;

/** What a stack's processes need in their environment, or a sentence that says why it is not here and how to get it. */
export type Found = { readonly env: Environment } | { readonly missing: string };

export interface Driver {
  readonly title: string;
  find(): Found;
  /**
   * Which kind of adapter to ask a runtime for before it counts as here: a manifest promises nothing, for drivers are
   * packaged for GPUs that a machine does not have. Without it, a runtime that offers no adapter has failed.
   */
  readonly ask?: "any" | "hardware";
  /** What an adapter takes beside a manifest. */
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
  needs: "it takes a GPU with its driver",
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

/** The SwiftShader that lies beside an installed Chrome or Chromium. */
export const swiftShader: Driver = {
  title: "SwiftShader",
  find() {
    if (process.platform !== "linux") return { missing: "SwiftShader serves Vulkan on Linux only" };
    const folders = [...browserPaths().map((path) => dirname(realpathSync(path))), ...packagedFolders];
    const folder = folders.find((path) => existsSync(join(path, manifestName)));
    if (!folder) return { missing: "no SwiftShader is here: install Chrome or Chromium, which brings it" };
    // Beside it lies Vulkan's loader, for machines that have none.
    const libraries = [...list(process.env.LD_LIBRARY_PATH), folder].join(delimiter);
    return { env: { ...useManifests([join(folder, manifestName)]), LD_LIBRARY_PATH: libraries } };
  },
};

/** New loaders read VK_DRIVER_FILES, old ones VK_ICD_FILENAMES. */
function useManifests(manifests: readonly string[]): Environment {
  const paths = manifests.join(delimiter);
  return { VK_DRIVER_FILES: paths, VK_ICD_FILENAMES: paths };
}

/** The entries of a variable such as PATH. */
function list(paths = ""): string[] {
  return paths.split(delimiter).filter((path) => path !== "");
}

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

function manifestsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/** By its name or by its text: a manifest of one's own may have any name. */
export function isLavapipe(manifest: string): boolean {
  return /lvp|lavapipe/.test(basename(manifest) + readFileSync(manifest, "utf8"));
}

function isSwiftShader(manifest: string): boolean {
  return /swiftshader/.test(basename(manifest) + readFileSync(manifest, "utf8"));
}
