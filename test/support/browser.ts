import { type Browser, launch } from "puppeteer";
import { findBrowser } from "../../src/node/browsers.ts";

const softwareAdapter = ["--use-webgpu-adapter=swiftshader"];
const nativeAdapter = ["--use-angle=vulkan", "--enable-features=Vulkan", "--disable-vulkan-surface"];

export type BrowserName = "chromium" | "firefox";

/** Headless, with WebGPU. The caller closes it. */
export function launchBrowser(name: BrowserName = "chromium"): Promise<Browser> {
  return name === "chromium" ? launchChromium() : launchFirefox();
}

/**
 * Headless Chromium with WebGPU on SwiftShader, the same on every machine; on the machine's own GPU where the
 * environment variable GPU is 1.
 */
function launchChromium(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error("no Chrome or Chromium found: run `node scripts/setup.mjs`");
  return launch({
    executablePath,
    args: [
      "--enable-unsafe-webgpu",
      ...(process.env.GPU === "1" ? nativeAdapter : softwareAdapter),
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
    ],
  });
}

/** The Firefox that the environment variable FIREFOX names, on the Vulkan driver that VK_DRIVER_FILES names. */
function launchFirefox(): Promise<Browser> {
  const executablePath = process.env.FIREFOX;
  if (!executablePath) throw new Error("FIREFOX is not set; the path of Firefox's executable expected");
  return launch({
    browser: "firefox",
    executablePath,
    extraPrefsFirefox: { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true },
    // In the sandbox of its GPU process, Vulkan's loader does not find the driver.
    env: { ...process.env, MOZ_DISABLE_GPU_SANDBOX: "1" },
  });
}
