import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line as a process of its own. With `interruptAfter`, Ctrl-C comes so many milliseconds after the
 * command has begun to listen for it, however long it took to start.
 */
export function cli(args: readonly string[], interruptAfter?: number): Promise<Outcome> {
  const kill = `setTimeout(() => process.kill(process.pid, "SIGINT"), ${interruptAfter})`;
  const script = `process.on("newListener", (name) => { if (name === "SIGINT") ${kill}; });`;
  const modules = ["tsx"];
  if (interruptAfter !== undefined) modules.push(`data:text/javascript,${encodeURIComponent(script)}`);
  const options = modules.flatMap((module) => ["--import", module]);
  const child = spawn(process.execPath, [...options, "src/cli/main.ts", ...args], { cwd: root });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}
