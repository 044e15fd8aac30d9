/**
 * The environment as libraries read it, through C. In Node's main thread `process.env` is that; in a worker thread it is a
 * copy, unless the worker was made with SHARE_ENV; and Bun has one of its own.
 */
import { isMainThread } from "node:worker_threads";

/** Sets variables for the libraries that are loaded later, in a worker thread for JavaScript alone. */
export async function setVariables(values: Readonly<Record<string, string>>): Promise<void> {
  Object.assign(process.env, values);
  if (process.versions.bun) await setThroughC(values).catch(() => {}); // `environmentHelp` says what to do then
}

/** What we take of Bun's module `bun:ffi`. */
interface Ffi {
  dlopen(
    library: string,
    functions: { readonly setenv: { readonly args: readonly string[]; readonly returns: string } },
  ): { readonly symbols: { setenv(name: Buffer, value: Buffer, overwrite: number): number } };
}

async function setThroughC(values: Readonly<Record<string, string>>): Promise<void> {
  const module = "bun:ffi"; // a name that bundlers do not look for
  const { dlopen }: Ffi = await import(/* @vite-ignore */ module);
  const { symbols } = dlopen("libc.so.6", { setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" } });
  for (const [name, value] of Object.entries(values)) {
    symbols.setenv(Buffer.from(`${name}\0`), Buffer.from(`${value}\0`), 1);
  }
}

/** Lines that say what to do where Vulkan may not have seen these manifests of drivers; none where it has. */
export function environmentHelp(
  manifests: readonly string[],
  where: { readonly bun: boolean; readonly worker: boolean } = {
    bun: process.versions.bun !== undefined,
    worker: !isMainThread,
  },
): string[] {
  if (manifests.length === 0 || !(where.bun || where.worker)) return [];
  const inEnvironment = `  - start the process with VK_ICD_FILENAMES=${manifests[0]} in its environment`;
  if (where.bun) return [inEnvironment];
  return [
    "  - in a worker thread, whose environment is a copy that Vulkan does not read: call openDawn() on the main thread first",
    "  - or make the worker with new Worker(file, { env: SHARE_ENV }), SHARE_ENV from node:worker_threads",
    inEnvironment,
  ];
}
