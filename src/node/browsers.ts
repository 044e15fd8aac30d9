/** Chrome and Chromium on this machine: their libraries serve Dawn, and the tests and the set-up start them. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathsIn } from "./environment.ts";

const { env, platform } = process;

const commands = ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "chrome"];

/** The browsers on this machine: the one that PUPPETEER_EXECUTABLE_PATH names, installed ones, then Puppeteer's cache. */
export function browserPaths(): string[] {
  const named = env.PUPPETEER_EXECUTABLE_PATH;
  return [...(named ? [named] : []), ...installedPaths(), ...cachedPaths()].filter((path) => existsSync(path));
}

/**
 * The first browser that starts, or undefined.
 * @throws Error where PUPPETEER_EXECUTABLE_PATH names something that does not start: no other browser replaces it
 */
export function findBrowser(): string | undefined {
  const named = env.PUPPETEER_EXECUTABLE_PATH;
  if (named && !(existsSync(named) && starts(named))) {
    throw new Error(`PUPPETEER_EXECUTABLE_PATH: ${named} given, the path of a Chrome or Chromium that starts expected`);
  }
  return browserPaths().find(starts);
}

/** Executables of installed browsers, present or not, in order of preference. */
function installedPaths(): string[] {
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
  return commands.flatMap((command) => pathsIn(env.PATH).map((folder) => join(folder, command)));
}

/** Executables in Puppeteer's cache, the newest version first. */
function cachedPaths(): string[] {
  const chrome = join(env.PUPPETEER_CACHE_DIR ?? join(homedir(), ".cache/puppeteer"), "chrome");
  const macPath = "Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing";
  const executable = platform === "darwin" ? macPath : platform === "win32" ? "chrome.exe" : "chrome";
  const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  return entries(chrome)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .flatMap((version) => entries(join(chrome, version)).map((build) => join(chrome, version, build, executable)));
}

/** A downloaded Chrome may lack Linux libraries, and Ubuntu's chromium-browser may be a stub: a start shows it. */
function starts(path: string): boolean {
  // On Windows `--version` opens a window instead.
  return platform === "win32" || spawnSync(path, ["--version"], { stdio: "ignore", timeout: 20_000 }).status === 0;
}
