import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { makeFolder } from "../../src/cli/files.ts";

/** As a process sees the folder that another one makes between its look and its mkdir. */
vi.mock("node:fs", async (original) => ({
  ...(await original<typeof import("node:fs")>()),
  existsSync: (path: string) => !path.endsWith("late"),
}));

test("a folder that another process makes meanwhile is used like one's own", () => {
  const folder = mkdtempSync(join(tmpdir(), "make-folder-"));
  try {
    makeFolder(join(folder, "late"));
    expect(() => makeFolder(join(folder, "late"))).not.toThrow();
    expect(statSync(join(folder, "late")).isDirectory()).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
