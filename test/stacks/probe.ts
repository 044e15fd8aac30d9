/**
 * Asks a stack for an adapter that the engine takes: `probe.ts <any | hardware> [browser]`, on Deno or on Dawn where no
 * browser is named. Ends with `noAdapter` where it offers none of that kind.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BrowserName } from "../support/browser.ts";
import { noAdapter } from "./drivers.ts";

type Library = typeof import("../../src/index.ts");

/** It refers to nothing outside of itself, because it may run in a page. */
async function ask({ createEngine, NoAdapterError }: Library): Promise<"software" | "hardware" | undefined> {
  try {
    const engine = await createEngine();
    const { software } = engine.info;
    engine.destroy();
    return software ? "software" : "hardware";
  } catch (error) {
    if (error instanceof NoAdapterError) return undefined;
    throw error;
  }
}

async function askInPage(name: BrowserName): Promise<"software" | "hardware" | undefined> {
  const { launchBrowser } = await import("../support/browser.ts");
  const browser = await launchBrowser(name);
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await page.addScriptTag({ content: await libraryAsScript() });
    return (await page.evaluate(`(${ask})(spectralShrinkage)`)) as Awaited<ReturnType<typeof ask>>;
  } finally {
    await browser.close();
  }
}

/** The engine as a script that defines `spectralShrinkage`. */
async function libraryAsScript(): Promise<string> {
  const { build } = await import("vite");
  const built = await build({
    configFile: false,
    logLevel: "silent",
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, "../../src/index.ts"), formats: ["iife"], name: "spectralShrinkage" },
    },
  });
  const [chunk] = [built].flat().flatMap((result) => ("output" in result ? result.output : []));
  return chunk?.type === "chunk" ? chunk.code : "";
}

async function askHere(): Promise<"software" | "hardware" | undefined> {
  if (!globalThis.navigator?.gpu) await import("./dawn.ts");
  return ask(await import("../../src/index.ts"));
}

const [kind, browser] = process.argv.slice(2);
const answer = browser ? await askInPage(browser as BrowserName) : await askHere();
const offered = kind === "any" ? answer !== undefined : answer === "hardware";
// Dawn would keep the process alive.
process.exit(offered ? 0 : noAdapter);
