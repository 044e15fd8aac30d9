/** What runs the tests: a browser under Puppeteer, Dawn in Node, or Deno. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { getInstalledBrowsers } from "@puppeteer/browsers";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { findBrowser } from "../../src/node/browsers.ts";
import { pathsIn } from "../../src/node/environment.ts";
import type { BrowserName } from "../support/browser.ts";
import type { Found } from "./drivers.ts";

type TestConfig = TestProjectInlineConfiguration["test"];

export interface Runtime {
  readonly title: string;
  /** Whether it is here: environment variables for its processes, or how to get it. */
  find(): Promise<Found>;
  /** The command that runs a script, TypeScript included. */
  command(): string[];
  /** Its name in Puppeteer, where it is a browser. */
  readonly browser?: BrowserName;
  /** Vitest's settings; read in the process that runs vitest. */
  vitest(): Promise<TestConfig>;
}

const node = [process.execPath, "--import", "tsx"];

/** `gpu`: the machine's own, in place of Chromium's SwiftShader. */
export const chromium = ({ gpu }: { gpu: boolean }): Runtime => ({
  title: "Chromium",
  async find() {
    return findBrowser()
      ? { env: { GPU: gpu ? "1" : "0" } }
      : { missing: "no Chrome or Chromium is here: node scripts/setup.mjs installs one" };
  },
  command: () => node,
  browser: "chromium",
  vitest: () => inBrowser("chromium"),
});

export const firefox: Runtime = {
  title: "Firefox",
  async find() {
    const path = await findFirefox();
    return path
      ? { env: { FIREFOX: path } }
      : {
          missing:
            "no Firefox is here: apt-get install firefox-esr, or npx puppeteer browsers install firefox, or set FIREFOX to its executable",
        };
  },
  command: () => node,
  browser: "firefox",
  vitest: () => inBrowser("firefox"),
};

export const dawn: Runtime = {
  title: "Dawn in Node",
  find: async () => ({ env: {} }),
  command: () => node,
  // Dawn lives as long as its process, so that each file has a process of its own.
  vitest: async () => ({ pool: "forks", setupFiles: ["test/stacks/dawn.ts", "test/stacks/document.ts"] }),
};

export const deno: Runtime = {
  title: "Deno",
  async find() {
    return findDeno()
      ? { env: {} }
      : { missing: "no Deno is here: npm install --global deno, or set DENO to its executable" };
  },
  command: () => [findDeno() ?? "deno", "run", "-A", "--unstable-webgpu", "--no-check"],
  vitest: async () => ({ pool: "threads", setupFiles: ["test/stacks/deno.ts", "test/stacks/document.ts"] }),
};

async function inBrowser(browser: BrowserName): Promise<TestConfig> {
  const { puppeteerMode } = await import("../support/puppeteer-provider.ts");
  return { browser: puppeteerMode(browser) };
}

function onPath(commands: readonly string[]): string | undefined {
  const names = process.platform === "win32" ? commands.map((command) => `${command}.exe`) : commands;
  return names
    .flatMap((name) => pathsIn(process.env.PATH).map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

const findDeno = () => process.env.DENO || onPath(["deno"]);

/** The one that FIREFOX names, one on the PATH, or one in Puppeteer's cache. */
async function findFirefox(): Promise<string | undefined> {
  const installed = process.env.FIREFOX || onPath(["firefox", "firefox-esr", "firefox-nightly"]);
  if (installed) return installed;
  const cacheDir = process.env.PUPPETEER_CACHE_DIR ?? join(homedir(), ".cache/puppeteer");
  const cached = await getInstalledBrowsers({ cacheDir });
  return cached.find(({ browser }) => browser === "firefox")?.executablePath;
}
