/** Dawn in a worker thread, and under Bun: where Vulkan's loader does not see what is set in `process.env`. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { environmentHelp } from "../../src/node/environment.ts";

const root = new URL("../../", import.meta.url);

/** Opens Dawn in a thread, after `first` on the main thread: the description of the adapter, or the error. */
function openInWorker({
  first = "",
  options = "",
  env = {},
}: {
  first?: string;
  options?: string;
  env?: NodeJS.ProcessEnv;
}) {
  const open = `
    const { tsImport } = await import(${JSON.stringify(new URL("node_modules/tsx/dist/esm/api/index.mjs", root))});
    const { openDawn } = await tsImport("./src/node.ts", ${JSON.stringify(root)});`;
  const inWorker = `(async () => {
    ${open}
    const { device, close } = await openDawn();
    console.log(device.adapterInfo.description);
    close();
  })().catch(({ name, message }) => console.log(name + ": " + message));`;
  const script = `
    import { SHARE_ENV, Worker } from "node:worker_threads";
    ${first && open + first}
    new Worker(${JSON.stringify(inWorker)}, { eval: true, ${options} });`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(root),
    encoding: "utf8",
    // No driver of the machine's own: SwiftShader has to be named to Vulkan's loader.
    env: { ...process.env, VK_DRIVER_FILES: "/nowhere/icd.json", VK_ICD_FILENAMES: "/nowhere/icd.json", ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
}

describe.runIf(process.platform === "linux")("in a worker thread", () => {
  test("the error says what to do, and each piece of advice works", () => {
    const message = openInWorker({});
    expect(message).toMatch(/^NoAdapterError: no GPU adapter here/);
    expect(message).toContain("call openDawn() on the main thread first");
    expect(openInWorker({ first: "await openDawn();" })).toMatch(/^SwiftShader/);

    expect(message).toContain("new Worker(file, { env: SHARE_ENV })");
    expect(openInWorker({ options: "env: SHARE_ENV" })).toMatch(/^SwiftShader/);

    const [, manifest] = message.match(/VK_ICD_FILENAMES=(\S+)/) ?? [];
    const env = { VK_DRIVER_FILES: undefined, VK_ICD_FILENAMES: manifest };
    expect(openInWorker({ env })).toMatch(/^SwiftShader/);
  });
});

describe("what to do where Vulkan may not see a driver's manifest", () => {
  const manifests = ["/chrome/icd.json"];

  test("nothing, on the main thread of Node, or without a manifest", () => {
    expect(environmentHelp(manifests, { bun: false, worker: false })).toEqual([]);
    expect(environmentHelp([], { bun: true, worker: true })).toEqual([]);
  });

  test("under Bun, a variable at the start", () => {
    expect(environmentHelp(manifests, { bun: true, worker: true })).toEqual([
      "  - start the process with VK_ICD_FILENAMES=/chrome/icd.json in its environment",
    ]);
  });
});
