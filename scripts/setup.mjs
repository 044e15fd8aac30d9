/**
 * Prepares a fresh clone: installs the packages, then Chrome or Chromium, where they are missing. It prints on stderr only.
 * It starts without any package: what it imports beside Node's built-ins, it imports after they are installed.
 *
 *   node scripts/setup.mjs            packages and browser
 *   node scripts/setup.mjs packages   packages alone
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

/** @returns {Record<string, { version?: string, optional?: boolean }>} */
const lockedPackages = (/** @type {string} */ file) => JSON.parse(readFileSync(file, "utf8")).packages;

/** Whether node_modules holds the versions of package-lock.json. npm's last step writes there what it installed. */
function packagesAreCurrent() {
  const installedLock = "node_modules/.package-lock.json";
  if (!existsSync(installedLock)) return false;
  const installed = lockedPackages(installedLock);
  return Object.entries(lockedPackages("package-lock.json")).every(
    ([path, { version, optional }]) =>
      path === "" || (installed[path] ? installed[path].version === version : optional === true),
  );
}

/** Runs a command, with its output on stderr. @returns {boolean} whether it succeeded */
function run(/** @type {string} */ command) {
  console.error(`set-up: ${command}`);
  return spawnSync(command, { shell: true, stdio: ["ignore", 2, 2] }).status === 0;
}

function isDebianAsRoot() {
  const system = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(system) && process.getuid?.() === 0;
}

async function requireBrowser() {
  const { tsImport } = await import("tsx/esm/api");
  /** @type {typeof import("../src/node/browsers.ts")} */
  const { findBrowser } = await tsImport("../src/node/browsers.ts", import.meta.url);
  if (findBrowser()) return;
  run("npx --no-install puppeteer browsers install chrome");
  if (findBrowser()) return;
  // A download may have succeeded: on a bare Debian its Chrome lacks libraries, which this package brings.
  if (isDebianAsRoot())
    run("apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium");
  if (findBrowser()) return;
  throw new Error(`no Chrome or Chromium found, and none could be installed. Any one of these helps:
  - set PUPPETEER_EXECUTABLE_PATH to the executable of a Chrome or Chromium
  - install Google Chrome or Chromium so that it lies on the PATH (macOS, Windows: in its usual place)
  - npx puppeteer browsers install chrome   (needs to reach Google's download host)
  - apt-get update && apt-get install -y chromium   (Debian and Ubuntu, as root)`);
}

try {
  if (!packagesAreCurrent() && !run("npm ci")) throw new Error("npm ci failed");
  if (process.argv[2] !== "packages") await requireBrowser();
} catch (error) {
  console.error(`set-up: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
