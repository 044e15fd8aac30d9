import { spawn } from "node:child_process";
import { inPackage, root } from "./package.ts";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the package's command line as a process of its own. With `interruptAfter`, Ctrl-C comes so many milliseconds
 * after the command has begun to listen for it, however long it took to start.
 */
export function cli(args: readonly string[], interruptAfter?: number): Promise<Outcome> {
  if (interruptAfter === undefined) return startNode([inPackage("cli.js"), ...args]).end;
  const kill = `setTimeout(() => process.kill(process.pid, "SIGINT"), ${interruptAfter})`;
  const script = `process.on("newListener", (name) => { if (name === "SIGINT") ${kill}; });`;
  const module = `data:text/javascript,${encodeURIComponent(script)}`;
  return startNode(["--import", module, inPackage("cli.js"), ...args]).end;
}

/** Starts Node in the root of the repository. */
export function startNode(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(process.execPath, args, { cwd: root, env });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].on("data", (text) => {
      output[stream] += text;
    });
  }
  const end = new Promise<Outcome>((resolve) => child.on("close", (code) => resolve({ code, ...output })));
  return { child, end };
}
