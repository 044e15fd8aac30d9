/**
 * Variables of the environment. Libraries read them through C. In Node's main thread `process.env` writes to what they
 * read; in a worker thread it is a copy, unless the worker was made with SHARE_ENV; in Bun it is a copy too.
 */
import { delimiter } from "node:path";
import { isMainThread } from "node:worker_threads";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The paths in a variable such as PATH. */
export function pathsIn(value = ""): string[] {
  return value.split(delimiter).filter((path) => path !== "");
}

/** Sets variables for libraries that are loaded later. In a worker thread only JavaScript sees them. */
export async function setVariables(values: Readonly<Record<string, string>>): Promise<void> {
  Object.assign(process.env, values);
  if (process.versions.bun) await setThroughC(values).catch(() => {}); // `environmentHelp` says what to do then
}

/** The part of Bun's module `bun:ffi` that is used here. */
interface Ffi {
  dlopen(
    library: string,
    functions: { readonly setenv: { readonly args: readonly string[]; readonly returns: string } },
  ): { readonly symbols: { setenv(name: Buffer, value: Buffer, overwrite: number): number } };
}

async function setThroughC(values: Readonly<Record<string, string>>): Promise<void> {
  const module = "bun:ffi"; // in a variable, so that bundlers do not resolve it
  const { dlopen }: Ffi = await import(/* @vite-ignore */ module);
  const { symbols } = dlopen("libc.so.6", { setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" } });
  for (const [name, value] of Object.entries(values)) {
    symbols.setenv(Buffer.from(`${name}\0`), Buffer.from(`${value}\0`), 1);
  }
}

/** Lines that say what to do where Vulkan may not have seen these drivers' manifests; no lines where it has. */
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
