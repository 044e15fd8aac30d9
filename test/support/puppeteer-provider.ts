import { defineBrowserProvider } from "@vitest/browser";
import type { Browser, Page } from "puppeteer";
import type { BrowserProvider } from "vitest/node";
import { type BrowserName, launchBrowser } from "./browser.ts";

/** Vitest's browser mode on Puppeteer: one browser for the run, one page a session. */
class PuppeteerProvider implements BrowserProvider {
  readonly name = "puppeteer";
  readonly supportsParallelism = false;
  #browser: Promise<Browser> | undefined;
  readonly #pages = new Map<string, Page>();
  readonly #name: BrowserName;

  constructor(name: BrowserName) {
    this.#name = name;
  }

  async openPage(sessionId: string, url: string): Promise<void> {
    this.#browser ??= launchBrowser(this.#name);
    const page = await (await this.#browser).newPage();
    await this.#pages.get(sessionId)?.close();
    this.#pages.set(sessionId, page);
    await page.goto(url);
  }

  getCommandsContext(sessionId: string): Record<string, unknown> {
    return { page: this.#pages.get(sessionId) };
  }

  async close(): Promise<void> {
    this.#pages.clear();
    await (await this.#browser)?.close();
  }
}

/** For `test.browser`. */
export const puppeteerMode = (name: BrowserName) => ({
  enabled: true,
  provider: defineBrowserProvider({ name: "puppeteer", providerFactory: () => new PuppeteerProvider(name) }),
  headless: true,
  screenshotFailures: false,
  instances: [{ browser: name }],
});
