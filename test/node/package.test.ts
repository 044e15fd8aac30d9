import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { inPackage, root } from "../support/package.ts";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = createServer(({ url }, response) => {
    const script = url === "/index.js";
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.end(
      script ? readFileSync(inPackage("index.js")) : "<!doctype html><title>A page that uses the package</title>",
    );
  }).listen();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** Reads one entry of A = relu(x − b) at x = 1, b = ¼ back from the GPU, and the engine's memory after its end. */
const useOfPackage = `
  const A = await engine.activationMatrix({ activation: "relu", x: [1], b: [0.25] });
  const [entry] = await A.read();
  engine.destroy();
  const result = { entry, bytes: engine.memory.bytes };`;

test("a page imports the package's one file and computes", async () => {
  const page = await browser.newPage();
  const scripts: string[] = [];
  page.on("request", (request) => request.resourceType() === "script" && scripts.push(new URL(request.url()).pathname));
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  const result = await page.evaluate(`(async () => {
    const { createEngine } = await import("/index.js");
    const engine = await createEngine();
    ${useOfPackage}
    return result;
  })()`);
  expect(result).toEqual({ entry: 0.75, bytes: 0 });
  expect(scripts).toEqual(["/index.js"]);
});

test("Node imports the package by its name and computes", () => {
  const output = execFileSync(process.execPath, ["--input-type=module"], {
    cwd: root,
    encoding: "utf8",
    input: `
      import { createEngine } from "spectral-shrinkage";
      import { openDawn } from "spectral-shrinkage/node";
      const { device, close } = await openDawn();
      const engine = await createEngine({ device });
      ${useOfPackage}
      close();
      console.log(JSON.stringify(result));`,
  });
  expect(JSON.parse(output)).toEqual({ entry: 0.75, bytes: 0 });
});

test("the package's command computes", () => {
  const args = ["spectrum", "--activation", "heaviside", "--samples", "1", "--width", "1"];
  const output = execFileSync(inPackage("cli.js"), args, { encoding: "utf8" });
  expect(JSON.parse(output).singularValues).toEqual([1]);
});

test("without Dawn, the package names what to install, in the error class that it exports", async () => {
  const alone = mkdtempSync(join(tmpdir(), "package-"));
  cpSync(inPackage(""), alone, { recursive: true });
  writeFileSync(join(alone, "package.json"), '{ "type": "module" }');
  const output = execFileSync(process.execPath, ["--input-type=module"], {
    cwd: alone,
    encoding: "utf8",
    input: `
      import { NoAdapterError } from "./index.js";
      import { openDawn } from "./node.js";
      const error = await openDawn().catch((error) => error);
      console.log(error instanceof NoAdapterError, error.message);`,
  });
  expect(output).toMatch(/^true .*npm install webgpu/);
  rmSync(alone, { recursive: true });
});
