import type { Page } from "puppeteer";
import { describe, expect, test } from "vitest";
import { studies } from "../../src/paper/registry.ts";
import { current, open, saved, set, shows, small, text } from "../support/demo.ts";

describe("benchmark", () => {
  async function openBenchmark(largest: string): Promise<Page> {
    const page = await open("benchmark.html");
    await page.waitForSelector("#run:not(:disabled)");
    await page.select("#largest", largest);
    return page;
  }

  const rows = (page: Page) =>
    page.$$eval("#results tbody tr", (found) => found.map((row) => [...row.cells].map((cell) => cell.innerText)));

  test("fills its plot, its table and its CSV", async () => {
    const page = await openBenchmark("64");
    await page.click("#run");
    await shows(page, "#status-message", "Done");

    const libraries = ["spectral-shrinkage", "jax-js", "ml-matrix", "svd-js", "numpy-ts"];
    const table = await rows(page);
    expect(table.map(([head]) => head)).toEqual(["n = 32", ...libraries, "n = 64", ...libraries]);
    const time = /^[\d.]+ m?s \([\d.]+ m?s\)$/;
    for (const [library, values, ratio, full, fullRatio] of table.filter(({ length }) => length > 1)) {
      for (const cell of library === "jax-js" ? [values] : [values, full]) expect(cell, library).toMatch(time);
      for (const cell of library === "jax-js" ? [ratio] : [ratio, fullRatio]) expect(Number(cell)).toBeGreaterThan(0);
    }
    // The last singular value of n is 0.
    const leading = table.filter(([library]) => library === "spectral-shrinkage").map((row) => Number(row[5]));
    expect(leading[0]).toBeGreaterThanOrEqual(31);
    expect(leading[1]).toBeGreaterThanOrEqual(63);
    expect(await page.$$eval("#plot-times .plot circle", (dots) => dots.length)).toBe(18);
    await page.click("#plot-times header button:first-of-type");
    const csv = (await saved(page)).trim().split("\n");
    expect(csv[0]).toBe(
      "library,task,n,minimum_ms,median_ms,runs,within_1_percent,largest_error,sweeps,failure,adapter",
    );
    expect(csv).toHaveLength(19);
  });

  test("shows a peer's failure in its row and goes on", async () => {
    const page = await openBenchmark("32");
    await page.evaluate(() => {
      GPU.prototype.requestAdapter = () => Promise.resolve(null);
    });
    await page.click("#run");
    await shows(page, "#status-message", "Done");
    const [, own, jax, mlMatrix] = await rows(page);
    expect(own?.[1]).toMatch(/ms/);
    expect(jax?.slice(0, 2)).toEqual(["jax-js", "failed"]);
    expect(mlMatrix?.[1]).toMatch(/ms/);
    await shows(page, "#notes", "jax-js failed at n = 32 (values only): jax-js gets no WebGPU device");
  });

  test("can be cancelled", async () => {
    const page = await openBenchmark("1024");
    await page.click("#run");
    await shows(page, "#status-message", "64 × 64");
    await page.click("#cancel");
    await shows(page, "#status-message", "Cancelled");
    await page.waitForSelector("#run:not(:disabled)");
  });
});

test("the figures page lists every claim and law, shows each as soon as it is computed, and cancels", async () => {
  const page = await open("figures.html");
  await page.waitForSelector("#run:not(:disabled)");
  const ids = (table: string) =>
    page.$$eval(`#${table} tr`, (rows) => rows.map(({ id }) => id.replace("statement-", "")));
  const listed = [...(await ids("claims")), ...(await ids("laws"))];
  expect(listed).toEqual(studies.map(({ id }) => id).filter((id) => id !== "methods"));
  await shows(page, "#claims-summary", `${(await ids("claims")).length} not computed yet.`);
  await page.select("#samples", "64");
  await page.click("#run");
  await shows(page, "#statement-C1 .verdict", "holds");
  await page.waitForSelector("#figure-2 svg");
  expect(await text(page, "#statement-C1")).toContain("Measured");
  expect(await text(page, "#statement-L1")).toContain("not computed yet");
  await page.click("#cancel");
  await shows(page, "#status-message", "Cancelled");
  await page.waitForSelector("#run:not(:disabled)");
  expect(await text(page, "#claims-summary")).toMatch(/^\d+ of \d+ hold as worded/);
});

test.each(["index.html", "figures.html", "benchmark.html"])("%s fits 390 px and 1440 px", async (path) => {
  for (const width of [390, 1440]) {
    const page = await open(path, { width });
    await (path === "index.html" ? current(page) : page.waitForSelector("#run:not(:disabled)"));
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
    const marked = await page.$$eval("nav [aria-current=page]", (links) =>
      links.map((link) => link.getAttribute("href")),
    );
    expect(marked, "the page's own link").toEqual([`./${path}`]);
    const unlabelled = await page.$$eval("input, select, button, progress", (controls) =>
      controls
        .filter((one) => {
          const { labels } = one as HTMLInputElement;
          return !labels?.length && !one.getAttribute("aria-label") && !one.textContent?.trim();
        })
        .map(({ id }) => id),
    );
    expect(unlabelled, "controls without a label").toEqual([]);
  }
});

describe("in a font wider than that of any machine, no content widens the page", () => {
  const wideFont = `
    :root, :root * { font-family: monospace !important; letter-spacing: 0.15em !important; }
    math { font-size: 1.75em !important; }`;

  async function openWide(path: string, options = {}): Promise<Page> {
    const page = await open(path, { width: 390, ...options });
    await page.addStyleTag({ content: wideFont });
    return page;
  }

  async function expectNoWiderThanItsViewport(page: Page): Promise<void> {
    for (const width of [390, 320]) {
      await page.setViewport({ width, height: 900 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width} px`).toBeLessThanOrEqual(width);
    }
  }

  test("index.html, with plots, then with a long error", async () => {
    const page = await openWide(`index.html?${small}&activation=wgsl`);
    await current(page);
    await expectNoWiderThanItsViewport(page);
    const unknown = "unknown".repeat(40);
    await set(page, "wgsl", unknown);
    await shows(page, "#wgsl-error", unknown.slice(0, 60));
    await expectNoWiderThanItsViewport(page);
  });

  test("figures.html, with claims, figures and methods", async () => {
    const page = await openWide("figures.html");
    await page.waitForSelector("#run:not(:disabled)");
    await page.select("#samples", "64");
    await page.click("#run");
    await page.waitForFunction(() => document.querySelector("#status-message")?.textContent?.startsWith("Done"), {
      timeout: 200_000,
    });
    await page.$$eval("details", (all) => {
      for (const one of all) one.open = true;
    });
    await expectNoWiderThanItsViewport(page);
  }, 240_000);

  test("benchmark.html, with each benchmark's text, then with a result", async () => {
    const page = await openWide("benchmark.html");
    await page.waitForSelector("#run:not(:disabled)");
    for (const benchmark of ["width", "descent", "svd"]) {
      await page.click(`#choice a[href="#${benchmark}"]`);
      await page.waitForSelector(`p[data-benchmark=${benchmark}]:not([hidden])`);
      await expectNoWiderThanItsViewport(page);
    }
    await page.select("#largest", "32");
    await page.click("#run");
    await shows(page, "#status-message", "Done");
    await expectNoWiderThanItsViewport(page);
  });

  test.each(["index.html", "figures.html", "benchmark.html"])("%s without WebGPU", async (path) => {
    const page = await openWide(path, { webgpu: false });
    await page.waitForSelector("#advice:not([hidden])");
    await expectNoWiderThanItsViewport(page);
  });
});

test.each(["index.html", "figures.html", "benchmark.html"])("%s without WebGPU says what to do", async (path) => {
  const page = await open(path, { webgpu: false });
  await page.waitForSelector("#advice:not([hidden])");
  const advice = await page.$eval("#advice", (found) => (found as HTMLElement).innerText);
  for (const part of ["Chrome", "Firefox", "Safari", "enable-unsafe-webgpu"]) expect(advice).toContain(part);
  expect(await page.$eval("#content", (found) => (found as HTMLElement).hidden)).toBe(true);
});
