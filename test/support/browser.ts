import { type Browser, launch } from "puppeteer";
import { findBrowser } from "../../scripts/browser.mjs";

const softwareAdapter = ["--use-webgpu-adapter=swiftshader"];
const nativeAdapter = ["--use-angle=vulkan", "--enable-features=Vulkan", "--disable-vulkan-surface"];

/**
 * Headless Chromium with WebGPU on SwiftShader, the same on every machine; on the machine's own GPU where the
 * environment variable GPU is 1. The caller closes it.
 */
export function launchBrowser(): Promise<Browser> {
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
