import type { Page } from "puppeteer";
import { createServer } from "vite";
import type { BenchmarkName, Reports } from "../../src/benchmark/benchmarks.ts";
import { launchBrowser } from "../../test/support/browser.ts";

/** Serves the demo and runs a benchmark of its page in headless Chromium. stderr says what is measured. */
export async function runBenchmark<Name extends BenchmarkName>(
  name: Name,
  sizes: readonly number[],
): Promise<Reports[Name]> {
  const browser = await launchBrowser();
  // A file that is saved meanwhile must not reload the page. vite's messages go to stderr.
  const server = await createServer({ logLevel: "warn", server: { hmr: false, watch: null } });
  try {
    await server.listen();
    const page = await browser.newPage();
    await page.goto(new URL("benchmark.html", server.resolvedUrls?.local[0]).href);
    await requireEngine(page);
    return await measure(page, name, sizes);
  } finally {
    await browser.close();
    await server.close();
  }
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
