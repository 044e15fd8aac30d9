/** `npm run test:stacks`: the GPU tests on every WebGPU stack of this machine, and a table of the results. */
import { CommanderError } from "commander";
import { type Options, stacksCommand } from "./command.ts";
import type { Outcome } from "./report.ts";
import { locate, runStack } from "./run.ts";
import { type Stack, stacks } from "./stacks.ts";
import { toJson, toText } from "./table.ts";

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interruption.abort());

const progress = (line: string) => process.stderr.write(`${line}\n`);

/** Prints one line a stack: what it is, or how to get it. */
async function list(chosen: readonly Stack[]): Promise<void> {
  for (const stack of chosen) {
    const found = await locate(stack, interruption.signal);
    const words =
      "missing" in found ? `not here: ${found.missing}` : `here: ${stack.runtime.title}, ${stack.driver.title}`;
    process.stdout.write(`${stack.name.padEnd(20)}  ${words}\n`);
  }
}

/** @returns the outcome of every stack that is here. One that was named and is not here has failed. */
async function run({ stack: named, quick = false }: Options, files: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const stack of named ?? stacks) {
    const found = await locate(stack, interruption.signal);
    if (!("missing" in found)) {
      const options = { quick, files, signal: interruption.signal, onProgress: progress };
      outcomes.push(await runStack(stack, found.env, options));
      continue;
    }
    progress(`${stack.name}  not here: ${found.missing}`);
    if (named) {
      const failed = [{ test: "all tests", message: `not here: ${found.missing}` }];
      outcomes.push({ stack: stack.name, passed: [], failed, cannot: [], canNow: [], seconds: 0 });
    }
  }
  return outcomes;
}

const program = stacksCommand(async (files, options) => {
  if (options.list) return list(options.stack ?? stacks);
  const outcomes = await run(options, files);
  process.stdout.write(options.json ? `${JSON.stringify(outcomes.map(toJson), null, 2)}\n` : toText(outcomes));
  if (outcomes.length === 0) progress("no stack was found: npm run test:stacks -- --list says how to get one");
  if (outcomes.length === 0 || outcomes.some(({ failed }) => failed.length > 0)) process.exitCode = 1;
});

/** 0 all tests passed, 1 some did not, 2 refused arguments, 130 interrupted. */
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (interruption.signal.aborted) process.exitCode = 130;
  else throw error;
}
