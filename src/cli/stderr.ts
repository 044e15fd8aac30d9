/**
 * The command line's own words on stderr, apart from those of the libraries below it: Dawn, Vulkan's loader, its layers
 * and drivers write to file descriptor 2 whatever they think of a driver, taken or not.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";

let relay: { child: ChildProcess; input: Writable; folder: string } | undefined;

export const stderr = {
  isTTY: isatty(2),
  write(text: string): void {
    (relay?.input ?? process.stderr).write(text);
  },
};

/**
 * From here on, what libraries write to stderr goes to a file, and `stderr` to a process that holds the stderr of
 * before. Where this process dies before `endStderr`, the other one prints the file: there may stand why.
 *
 * On Linux alone, whose drivers are Vulkan's. VK_LOADER_DEBUG asks for the loader's words, so that all stay.
 */
export function holdBackLibraries(): void {
  if (process.platform !== "linux" || process.env.VK_LOADER_DEBUG) return;
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "spectral-shrinkage-"));
  } catch {
    return; // a read-only machine: all words stay together
  }
  const script = `cat >&2; cat "$0/stderr" >&2 2>/dev/null; rm -rf "$0"`;
  // Detached, for Ctrl-C in a terminal would end it too: it ends with this process, at the end of its input.
  const child = spawn("sh", ["-c", script, folder], { stdio: ["pipe", "ignore", "inherit"], detached: true });
  child.on("error", () => {});
  child.stdin.on("error", () => {}); // the reader of stderr is gone
  if (child.pid === undefined) {
    rmSync(folder, { recursive: true });
    return; // a machine without a shell: all words stay together
  }
  relay = { child, input: child.stdin, folder };
  closeSync(2);
  openSync(join(folder, "stderr"), "w"); // takes the lowest number that is free: 2
}

/** Waits until all words are out. */
export async function endStderr(): Promise<void> {
  if (!relay) return;
  const { child, input, folder } = relay;
  rmSync(folder, { recursive: true });
  const closed = once(child, "close");
  input.end();
  await closed;
}
