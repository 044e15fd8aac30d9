import type { Page } from "puppeteer";
import { createServer } from "vite";
import type { BenchmarkName, Reports } from "../../src/benchmark/benchmarks.ts";
import { type BrowserName, launchBrowser } from "../../test/support/browser.ts";

/** What measures a benchmark once, with a new engine. */
export interface Runner {
  measure<Name extends BenchmarkName>(name: Name, sizes: readonly number[]): Promise<Reports[Name]>;
  close(): Promise<void>;
}

/** Serves the demo, and runs benchmarks of its page in a headless browser, each in a new page. */
export async function openBrowser(name: BrowserName): Promise<Runner> {
  const browser = await launchBrowser(name);
  // A file that is saved meanwhile must not reload the page. vite's messages go to stderr.
  const server = await createServer({ logLevel: "warn", server: { hmr: false, watch: null } });
  await server.listen();
  return {
    async measure(name, sizes) {
      const page = await browser.newPage();
      await page.goto(new URL("benchmark.html", server.resolvedUrls?.local[0]).href);
      await requireEngine(page);
      const report = await measure(page, name, sizes);
      await page.close();
      return report;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

async function requireEngine(page: Page): Promise<void> {
  await page.waitForSelector("#run:not(:disabled), #advice:not([hidden]), #banner");
  const reason = await page.evaluate(
    () => (document.querySelector("#banner p") ?? document.querySelector("#advice:not([hidden]) p"))?.textContent,
  );
  if (reason) throw new Error(reason);
}

/** The page calls exposed functions at the end: a single call that lasts that long would reach Puppeteer's time limit. */
function measure<Name extends BenchmarkName>(page: Page, name: Name, sizes: readonly number[]): Promise<Reports[Name]> {
  return new Promise((resolve, reject) => {
    const callbacks = {
      onStart: (what: string) => console.error(what),
      onEnd: (report: Reports[Name]) => resolve(report),
      onFailure: (message: string) => reject(new Error(message)),
    };
    const begin = async () => {
      for (const [name, call] of Object.entries(callbacks)) await page.exposeFunction(name, call);
      await page.evaluate(
        (name, sizes) => {
          const { onStart, onEnd, onFailure } = window as unknown as typeof callbacks;
          void window.runBenchmark?.(name, { sizes, signal: new AbortController().signal, onStart }).then(
            (report) => onEnd(report as Reports[Name]),
            (error) => onFailure(error instanceof Error ? error.message : String(error)),
          );
        },
        name,
        sizes,
      );
    };
    page.once("error", reject);
    begin().catch(reject);
  });
}
