import { randomUUID } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, sep } from "node:path";
import { ArgumentError } from "../index.ts";
import { orRefuse } from "./files.ts";

/** A file that a command writes. */
interface Output {
  readonly path: string;
  readonly data: string | Uint8Array;
}

/**
 * Refuses outputs before the computation: those that cannot be written, and those that are the same file as an input or
 * another output, by a symbolic or hard link.
 * @throws ArgumentError that names the path
 */
export function requireWritable(paths: readonly string[], inputs: readonly string[]): void {
  for (const [i, path] of paths.entries()) {
    orRefuse(`cannot write --out ${path}`, () => {
      const target = resolveTarget(path);
      const input = inputs.find((file) => isSameFile(file, path));
      if (input !== undefined)
        throw new ArgumentError(`${input} would be overwritten by ${path}; another --out expected`);
      const twin = paths.slice(0, i).find((other) => isSameFile(other, path));
      if (twin !== undefined) throw new ArgumentError(`cannot write --out ${path}: it is the same file as ${twin}`);
      if (lstatSync(target, { throwIfNoEntry: false })) accessSync(target, constants.W_OK);
      // Some folders, as in /proc and on some network drives, refuse files although their permissions allow them.
      const trial = temporaryBeside(target);
      try {
        writeFileSync(trial, "", { flag: "wx" });
      } finally {
        rmSync(trial, { force: true });
      }
    });
  }
}

/**
 * Writes each file under a temporary name in the folder of its target, and renames the files once all are written. A fault before that
 * leaves the targets as they were, and no temporary file remains. The whole is synchronous, so that Ctrl-C takes effect
 * before or after it. A target that is a symbolic link stays one, and permissions are kept.
 * @throws ArgumentError where a file cannot be written; the signal's reason where it is aborted
 */
export function writeOutputs(outputs: readonly Output[], signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  const files = outputs.map(({ path, data }) => {
    const target = orRefuse(`cannot write ${path}`, () => resolveTarget(path));
    return { path, data, target, temporary: temporaryBeside(target) };
  });
  try {
    for (const { path, data, target, temporary } of files) {
      orRefuse(`cannot write ${path}`, () => {
        // Flushed, because some file systems notice only then that they are full.
        writeFileSync(temporary, data, { flag: "wx", flush: true });
        const present = lstatSync(target, { throwIfNoEntry: false });
        if (present) chmodSync(temporary, present.mode);
      });
    }
    for (const { path, target, temporary } of files) {
      orRefuse(`cannot write ${path}`, () => renameSync(temporary, target));
    }
  } finally {
    for (const { temporary } of files) rmSync(temporary, { force: true });
  }
}

/** The file that a path leads to, or the path where there is none yet. @throws ArgumentError for anything except files */
function resolveTarget(path: string): string {
  if (path === "" || path.endsWith("/") || path.endsWith(sep)) {
    throw new ArgumentError(`cannot write --out ${path}: the name of a file expected`);
  }
  if (!lstatSync(path, { throwIfNoEntry: false })) return path;
  const target = realpathSync(path);
  const status = statSync(target);
  if (status.isDirectory()) throw new ArgumentError(`cannot write --out ${path}: it is a folder`);
  if (!status.isFile()) throw new ArgumentError(`cannot write --out ${path}: it is no regular file`);
  return target;
}

/** A file in the folder of the target. Its name is short, because that of the target may be as long as names can be. */
function temporaryBeside(target: string): string {
  return join(dirname(target), `.${randomUUID()}.tmp`);
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  if (!first || !second) return false;
  // A file system without inode numbers gives each file the number 0.
  const sameNumber = first.ino !== 0n && first.ino === second.ino && first.dev === second.dev;
  return sameNumber || realpathSync(a) === realpathSync(b);
}
