import { defineBrowserProvider } from "@vitest/browser";
import type { Browser, Page } from "puppeteer";
import type { BrowserProvider } from "vitest/node";
import { launchBrowser } from "./browser.ts";

/** Vitest's browser mode on Puppeteer: one Chromium for the run, one page a session. */
class PuppeteerProvider implements BrowserProvider {
  readonly name = "puppeteer";
  readonly supportsParallelism = false;
  #browser: Promise<Browser> | undefined;
  readonly #pages = new Map<string, Page>();

  async openPage(sessionId: string, url: string): Promise<void> {
    this.#browser ??= launchBrowser();
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

/** For `test.browser.provider`. */
export const puppeteer = () =>
  defineBrowserProvider({ name: "puppeteer", providerFactory: () => new PuppeteerProvider() });
