/** The built demo in a browser: importing this sets both up for a test file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer";
import { build, type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { launchBrowser } from "./browser.ts";

export const folder = mkdtempSync(join(tmpdir(), "demo-"));
let server: PreviewServer;
let browser: Browser;
const faults: string[] = [];
/** Pages that stay open after a test. */
export const kept = new Set<Page>();

beforeAll(async () => {
  const outDir = join(folder, "site");
  await build({ logLevel: "warn", build: { outDir } });
  server = await preview({ build: { outDir }, preview: { port: 0 } });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (const page of await browser.pages()) if (!kept.has(page)) await page.close();
  expect(faults.splice(0), "errors on the console").toEqual([]);
});

/**
 * Opens a page of the demo. `window.saved` keeps the text of files that it saves, and `window.devices` its GPU devices.
 */
export async function open(path: string, { width = 1440, webgpu = true } = {}): Promise<Page> {
  const page = await browser.newPage();
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.setViewport({ width, height: 900 });
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "deny" });
  await page.evaluateOnNewDocument((hasWebGpu) => {
    const kept = { saved: [] as string[], devices: [] as GPUDevice[] };
    Object.assign(window, kept);
    const createObjectURL = URL.createObjectURL;
    URL.createObjectURL = (blob: Blob) => {
      void blob.text().then((text) => kept.saved.push(text));
      return createObjectURL.call(URL, blob);
    };
    if (!hasWebGpu) {
      Object.defineProperty(Navigator.prototype, "gpu", { value: undefined });
      return;
    }
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (options) {
      const device = await requestDevice.call(this, options);
      kept.devices.push(device);
      return device;
    };
  }, webgpu);
  await page.goto(new URL(path, server.resolvedUrls?.local[0]).href);
  return page;
}

export const current = (page: Page) =>
  page.waitForSelector("#content[data-state=current]", { timeout: 30_000 }).catch(async () => {
    throw new Error(`the plots stay out of date; the page says: ${await text(page, "#status-message")}`);
  });

export const text = (page: Page, selector: string) => page.$eval(selector, (found) => found.textContent?.trim() ?? "");

export const shows = (page: Page, selector: string, part: string) =>
  page.waitForFunction(
    (css, words) => document.querySelector(css)?.textContent?.includes(words),
    { timeout: 30_000 },
    selector,
    part,
  );

/** Sets an input or a select as a user does. The result says whether all plots were marked as out of date at once. */
export function set(page: Page, id: string, value: string): Promise<boolean> {
  return page.$eval(
    `#${id}`,
    (found, wanted) => {
      const input = found as HTMLInputElement;
      input.value = wanted;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return [...document.querySelectorAll<HTMLElement>("figure.card")].every(
        ({ dataset }) => dataset.stale === "true",
      );
    },
    value,
  );
}

export const saved = (page: Page) =>
  page
    .waitForFunction(() => (window as unknown as { saved: string[] }).saved.shift(), { timeout: 5000 })
    .then(async (handle) => (await handle.jsonValue()) ?? "");

/** The address of a small matrix. */
export const small = "samples=32&width=64&scale=64&components=8";
