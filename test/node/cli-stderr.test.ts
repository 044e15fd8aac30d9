import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { toNpy } from "../../src/cli/npy.ts";
import { findBrowser } from "../../src/node/browsers.ts";
import { startNode } from "../support/cli.ts";
import { inPackage } from "../support/package.ts";

const folder = mkdtempSync(join(tmpdir(), "cli-stderr-"));
const at = (name: string) => join(folder, name);
const held = at("tmp");
mkdirSync(held);
/** Folders that the command line has made for what it holds back. */
const heldBack = () => readdirSync(held).filter((name) => name.startsWith("spectral-shrinkage-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The manifest of a driver with this library. */
function driver(name: string, library: string): string {
  writeFileSync(
    at(name),
    JSON.stringify({ file_format_version: "1.0.0", ICD: { library_path: library, api_version: "1.1.0" } }),
  );
  return at(name);
}

/** Two drivers that Vulkan's loader complains of on stderr, as Dawn does of having no other. */
const refused = [driver("missing.json", at("missing.so")), driver("no-driver.json", "libm.so.6")].join(":");

/** Starts the command line where these are the drivers, and Mesa's layers miss their folder. */
function start(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const { XDG_RUNTIME_DIR, VK_LOADER_DEBUG, ...others } = process.env;
  const env = { ...others, VK_DRIVER_FILES: refused, VK_ICD_FILENAMES: refused, TMPDIR: held, ...more };
  return startNode([inPackage("cli.js"), ...args], env);
}

const spectrum = ["spectrum", "--activation", "relu", "--samples", "4", "--width", "4"];

// Elsewhere Dawn takes the system's own drivers, and no manifest can make it complain.
describe.runIf(process.platform === "linux")("where Vulkan and Dawn complain of the drivers", () => {
  writeFileSync(at("A.npy"), toNpy(Float64Array.of(3, 0, 0, 0.5), [2, 2]));
  writeFileSync(at("signal.csv"), "1\n0\n1\n0\n");

  test.for([
    [spectrum, { converged: true }],
    [["svd", at("A.npy"), "--out", at("factors")], { singularValues: [3, 0.5] }],
    [["fit", at("signal.csv"), "--activation", "relu", "--width", "4", "--iterations", "2"], { iterations: 2 }],
  ] as const)("%j computes on SwiftShader and leaves stderr empty", async ([args, result]) => {
    const { code, stdout, stderr } = await start(args).end;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ adapter: expect.stringMatching(/swiftshader/i), ...result });
    expect(heldBack()).toEqual([]);
  });

  test("an error is the one line on stderr", async () => {
    const tooLong = ["fit", at("signal.csv"), "--activation", "relu", "--width", "4", "--iterations", "500"];
    const { code, stdout, stderr } = await start([...tooLong, "--learning-rate", "9"]).end;
    expect(stderr).toMatch(/^error: .* diverged at step \d+[^\n]*\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("a process that dies prints their messages on stderr, and leaves no file", async () => {
    const { child, end } = start(["spectrum", "--activation", "gelu", "--samples", "1024", "--width", "1024"]);
    await vi.waitFor(
      () => {
        const [made = "none yet"] = heldBack();
        expect(statSync(join(held, made, "stderr")).size).toBeGreaterThan(0);
      },
      { timeout: 60_000 },
    );
    child.kill("SIGKILL");
    expect((await end).stderr).toContain("Warning: ");
    expect(heldBack()).toEqual([]);
  });

  test("VK_LOADER_DEBUG shows their messages", async () => {
    const { code, stderr } = await start(spectrum, { VK_LOADER_DEBUG: "error" }).end;
    expect(code).toBe(0);
    expect(stderr).toContain("Warning: ");
  });

  test.for([
    ["a place for files", { TMPDIR: at("nowhere") }],
    ["a shell", { PATH: at("nowhere"), PUPPETEER_EXECUTABLE_PATH: findBrowser() }],
  ] as const)("a machine without %s computes all the same", async ([, environment]) => {
    const { code, stdout } = await start(spectrum, environment).end;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ converged: true });
    expect(heldBack()).toEqual([]);
  });
});
