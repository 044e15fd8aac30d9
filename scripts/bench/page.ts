import type { Page } from "puppeteer";
import { createServer } from "vite";
import type { Benchmarks } from "../../demo/benchmark/main.ts";
import { launchBrowser } from "../../test/support/browser.ts";

export type ReportOf<Name extends keyof Benchmarks> = Awaited<ReturnType<Benchmarks[Name]>>;

/** Serves the demo and runs a benchmark of its page in headless Chromium; stderr tells what is measured. */
export async function runBenchmark<Name extends keyof Benchmarks>(
  name: Name,
  sizes: readonly number[],
): Promise<ReportOf<Name>> {
  const browser = await launchBrowser();
  // A file saved meanwhile must not reload the page; what vite has to say goes to stderr.
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

/** The report comes through exposed functions: a call that waits for it would end at Puppeteer's time limit. */
function measure<Name extends keyof Benchmarks>(
  page: Page,
  name: Name,
  sizes: readonly number[],
): Promise<ReportOf<Name>> {
  return new Promise((resolve, reject) => {
    const outcomes = {
      tellStart: (what: string) => console.error(what),
      tellReport: (report: ReportOf<Name>) => resolve(report),
      tellFailure: (message: string) => reject(new Error(message)),
    };
    const begin = async () => {
      for (const [name, call] of Object.entries(outcomes)) await page.exposeFunction(name, call);
      await page.evaluate(
        (name, sizes) => {
          const { tellStart, tellReport, tellFailure } = window as unknown as typeof outcomes;
          void window.benchmarks?.[name]({ sizes, signal: new AbortController().signal, onStart: tellStart }).then(
            (report) => tellReport(report as ReportOf<Name>),
            (error) => tellFailure(error instanceof Error ? error.message : String(error)),
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
