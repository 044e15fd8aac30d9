/**
 * Where Chrome or Chromium lies on this machine: for the set-up, the tests, and the software adapter that Dawn borrows.
 * The set-up runs before the packages are installed, so this file imports Node's built-ins only.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

const { env, platform } = process;

const commands = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "chrome"];

/** Executables of installed browsers, present or not, in order of preference. */
function installedPaths() {
  if (platform === "darwin") {
    const apps = ["Google Chrome", "Chromium"].map((app) => `Applications/${app}.app/Contents/MacOS/${app}`);
    return ["/", homedir()].flatMap((root) => apps.map((app) => join(root, app)));
  }
  if (platform === "win32") {
    const roots = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].filter((root) => root !== undefined);
    return ["Google/Chrome", "Chromium"].flatMap((app) =>
      roots.map((root) => join(root, app, "Application/chrome.exe")),
    );
  }
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return commands.flatMap((command) => folders.map((folder) => join(folder, command)));
}

/** Executables in Puppeteer's cache, the newest version first. */
function cachedPaths() {
  const chrome = join(env.PUPPETEER_CACHE_DIR ?? join(homedir(), ".cache/puppeteer"), "chrome");
  const executable =
    platform === "darwin"
      ? "Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing"
      : platform === "win32"
        ? "chrome.exe"
        : "chrome";
  const folders = (/** @type {string} */ folder) => (existsSync(folder) ? readdirSync(folder) : []);
  return folders(chrome)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .flatMap((version) => folders(join(chrome, version)).map((build) => join(chrome, version, build, executable)));
}

/**
 * The browsers that are here: the one PUPPETEER_EXECUTABLE_PATH names, installed ones, then Puppeteer's cache.
 * @returns {string[]}
 */
export function browserPaths() {
  const named = env.PUPPETEER_EXECUTABLE_PATH;
  return [...(named ? [named] : []), ...installedPaths(), ...cachedPaths()].filter((path) => existsSync(path));
}

/** A downloaded Chrome may lack Linux libraries, and Ubuntu's chromium-browser may be a stub: only running it tells. */
function runs(/** @type {string} */ path) {
  // On Windows `--version` opens a window instead.
  return platform === "win32" || spawnSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}

/**
 * The first browser that starts, or undefined.
 * @returns {string | undefined}
 * @throws {Error} PUPPETEER_EXECUTABLE_PATH names something that does not run: nothing else is taken in its place
 */
export function findBrowser() {
  const named = env.PUPPETEER_EXECUTABLE_PATH;
  if (named && !(existsSync(named) && runs(named))) {
    throw new Error(`PUPPETEER_EXECUTABLE_PATH is ${named}, which is not a Chrome or Chromium that runs`);
  }
  return browserPaths().find(runs);
}
