/**
 * The messages of the command line on stderr, separate from those of the libraries: Dawn, Vulkan's loader, its layers and
 * drivers write messages about every driver to file descriptor 2, whether the driver is used or not.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";
import type { Progress } from "../index.ts";

let relay: { child: ChildProcess; input: Writable; folder: string } | undefined;

export const stderr = {
  isTTY: isatty(2),
  write(text: string): void {
    (relay?.input ?? process.stderr).write(text);
  },
};

/** Shows progress in one line of stderr, which each report overwrites. Where stderr is not a terminal, it shows nothing. */
export function createProgressLine(): { show(progress: Progress): void; clear(): void } {
  if (!stderr.isTTY) return { show() {}, clear() {} };
  const eraseLine = "\r\x1b[K";
  return {
    show({ stage, fraction }) {
      stderr.write(`${eraseLine}${stage}: ${Math.floor(100 * fraction)} %`);
    },
    clear() {
      stderr.write(eraseLine);
    },
  };
}

/**
 * From here on, what libraries write to stderr goes to a file. What is written to `stderr` goes to a child process, which has
 * the original stderr. If this process dies before `endStderr`, the child prints the file, which may say why.
 *
 * This applies to Linux alone, whose drivers are Vulkan's. VK_LOADER_DEBUG asks for the loader's messages, so that all stay.
 */
export function holdBackLibraries(): void {
  if (process.platform !== "linux" || process.env.VK_LOADER_DEBUG) return;
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "spectral-shrinkage-"));
  } catch {
    return; // a read-only machine: all messages stay together
  }
  const script = `cat >&2; cat "$0/stderr" >&2 2>/dev/null; rm -rf "$0"`;
  // Detached, because Ctrl-C in a terminal would end it too. It ends with this process, at the end of its input.
  const child = spawn("sh", ["-c", script, folder], { stdio: ["pipe", "ignore", "inherit"], detached: true });
  child.on("error", () => {});
  child.stdin.on("error", () => {}); // the reader of stderr is gone
  if (child.pid === undefined) {
    rmSync(folder, { recursive: true });
    return; // a machine without a shell: all messages stay together
  }
  relay = { child, input: child.stdin, folder };
  closeSync(2);
  openSync(join(folder, "stderr"), "w"); // takes the lowest number that is free: 2
}

/** Waits until everything is written. */
export async function endStderr(): Promise<void> {
  if (!relay) return;
  const { child, input, folder } = relay;
  rmSync(folder, { recursive: true });
  const closed = once(child, "close");
  input.end();
  await closed;
}
