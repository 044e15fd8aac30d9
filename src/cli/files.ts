import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ArgumentError } from "../index.ts";

/** @throws ArgumentError where the file does not exist, is empty or cannot be read */
export function readText(path: string): string {
  const text = orRefuse(`cannot read ${path}`, () => readFileSync(path, "utf8"));
  if (text === "") throw new ArgumentError(`${path} is empty`);
  return text;
}

/** @throws ArgumentError where the folder does not exist and cannot be made, or cannot be written to */
export function makeFolder(path: string): void {
  orRefuse(`cannot write to --out ${path}`, () => {
    makeMissing(path);
    if (!statSync(path).isDirectory()) throw new ArgumentError(`cannot write to --out ${path}: it is no folder`);
    accessSync(path, constants.W_OK);
  });
}

/**
 * Where a file system such as /proc refuses new folders, mkdir with `recursive` never ends. Another process may make the
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

/** Turns an error of the file system into an ArgumentError with its message. */
export function orRefuse<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    // "ENOENT: no such file or directory, open 'A.npy'": only the middle is of use to the reader.
    const reason = (error as Error).message.replace(/^[A-Z0-9_]+: /, "").replace(/, \w+( '.*)?$/, "");
    throw new ArgumentError(`${what}: ${reason}`, { cause: error });
  }
}
