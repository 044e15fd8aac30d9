import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ArgumentError } from "../index.ts";

/** @throws ArgumentError where there is no such file, or it is empty or unreadable. */
export function readText(path: string): string {
  const text = orRefuse(`cannot read ${path}`, () => readFileSync(path, "utf8"));
  if (text === "") throw new ArgumentError(`${path} is empty`);
  return text;
}

/** @throws ArgumentError where the folder can neither be found nor made, or not be written to. */
export function makeFolder(path: string): void {
  orRefuse(`cannot write to --out ${path}`, () => {
    makeMissing(path);
    if (!statSync(path).isDirectory()) throw new ArgumentError(`cannot write to --out ${path}: it is no folder`);
    accessSync(path, constants.W_OK);
  });
}

/**
 * mkdir's own `recursive` never ends where a file system such as /proc refuses new folders. Another process may make the
 * same folder meanwhile.
 */
function makeMissing(path: string): void {
  if (existsSync(path)) return;
  makeMissing(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Turns an error of the file system into a refusal in its words. */
export function orRefuse<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    // "ENOENT: no such file or directory, open 'A.npy'": the middle says what a reader needs.
    const reason = (error as Error).message.replace(/^[A-Z0-9_]+: /, "").replace(/, \w+( '.*)?$/, "");
    throw new ArgumentError(`${what}: ${reason}`, { cause: error });
  }
}
