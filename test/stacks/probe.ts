/**
 * Asks a stack for an adapter: `probe.ts <any | hardware> [browser]`, on Deno or on Dawn where no browser is named.
 * Ends with `noAdapter` where it offers none of that kind.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { adapterKind } from "../../src/gpu/device.ts";
import { type BrowserName, launchBrowser } from "../support/browser.ts";
import { noAdapter } from "./drivers.ts";

/** adapterInfo, undefined where there is no adapter. Names nothing outside of itself, for it may run in a page. */
async function askForAdapter() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device, description, isFallbackAdapter };
}

async function askInPage(name: BrowserName) {
  const browser = await launchBrowser(name);
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return await page.evaluate(askForAdapter);
  } finally {
    await browser.close();
  }
}

async function askHere() {
  if (!globalThis.navigator?.gpu) await import("./dawn.ts");
  return askForAdapter();
}

const [kind, browser] = process.argv.slice(2);
const answer = browser ? await askInPage(browser as BrowserName) : await askHere();
const adapter = answer && adapterKind({ adapterInfo: answer as GPUAdapterInfo });
const offered = kind === "any" ? adapter !== undefined : adapter === "gpu";
// Dawn would keep the process alive.
process.exit(offered ? 0 : noAdapter);
