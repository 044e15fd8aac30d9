/** Child processes that end within a time limit, and leave nothing running. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const windows = process.platform === "win32";

export interface Command {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdio: SpawnOptions["stdio"];
  /** In seconds. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export interface Ended {
  /** How it ended, in words. */
  readonly ending: string;
  /** Its exit code, where it ended by itself. */
  readonly code: number | null;
}

/** Runs a command in a process group of its own. At the time limit, or when `signal` aborts, it ends the whole group. */
export async function runCommand({ command, env, cwd, stdio, limit, signal }: Command): Promise<Ended> {
  const [program, ...args] = command;
  const child = spawn(program as string, args, { env, cwd, stdio, detached: !windows });
  const exit = new Promise<Ended>((resolve) => {
    child.once("error", ({ message }) => resolve({ ending: `did not start (${message})`, code: null }));
    child.once("exit", (code, by) =>
      resolve({ ending: by ? `was ended by ${by}` : `ended with exit code ${code}`, code }),
    );
  });
  const over = AbortSignal.timeout(1000 * limit);
  const stop = signal ? AbortSignal.any([over, signal]) : over;
  const stopped = new Promise<undefined>((resolve) => {
    if (stop.aborted) resolve(undefined);
    stop.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const ended = await Promise.race([exit, stopped]);
  if (!ended) {
    // Puppeteer ends its browser, which has a group of its own, on this signal.
    signalGroup(child, "SIGTERM");
    await Promise.race([exit, delay(5000, undefined, { ref: false })]);
  }
  signalGroup(child, "SIGKILL");
  const reason = signal?.aborted ? "was interrupted" : `did not end within ${Math.round(limit)} s`;
  return ended ?? { ending: reason, code: null };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  if (windows) {
    spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"]);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}
