import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { pageFrame } from "./demo/frame.ts";
import { gpuTests, optimizeDeps } from "./test/support/gpu-tests.ts";
import { puppeteerMode } from "./test/support/puppeteer-provider.ts";

const demoPages = ["index", "figures", "benchmark"].map((page) => join(import.meta.dirname, "demo", `${page}.html`));

/**
 * The browser and one process of Node run at a time. A browser on SwiftShader occupies 1.4 cores, and Vitest runs it after
 * all others unless the projects are one group of as many workers.
 */
const besideTheBrowser = { fileParallelism: false, sequence: { groupOrder: 1 } };

// The demo is the site that vite serves and builds; scripts/build.mjs makes the package.
export default defineConfig({
  root: "demo",
  base: "./",
  plugins: [pageFrame()],
  server: { fs: { allow: [".."] } },
  build: { outDir: "../site", emptyOutDir: true, rolldownOptions: { input: demoPages } },
  test: {
    root: ".",
    projects: [
      // The longest takes 2 s on an idle machine: masks of millions of steps, in float64.
      {
        test: {
          name: "unit",
          root: ".",
          include: ["test/unit/**/*.test.ts"],
          testTimeout: 60_000,
          ...besideTheBrowser,
        },
      },
      {
        optimizeDeps,
        test: {
          name: "gpu",
          root: ".",
          include: gpuTests,
          testTimeout: 60_000,
          ...besideTheBrowser,
          isolate: false, // one page for all files: they share a device, which compiles each kernel once
          browser: puppeteerMode("chromium"),
        },
      },
      {
        test: {
          name: "node",
          root: ".",
          include: ["test/node/**/*.test.ts"],
          globalSetup: "test/support/package.ts",
          // Dawn lives as long as its process: a process a file.
          pool: "forks",
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...besideTheBrowser,
        },
      },
    ],
  },
});
