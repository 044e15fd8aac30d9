/** `npm run bench -- svd` and so on: the benchmarks, in headless Chromium or on another stack. */
import { CommanderError } from "commander";
import { createProgram, refusal } from "../../src/cli/program.ts";
import { benchCommands } from "./commands.ts";

const commands = benchCommands();

const program = createProgram("npm run bench --", "benchmark", commands).description(
  "Times this engine beside other libraries, in headless Chromium on SwiftShader unless --stack names another stack. GPU=1 takes the machine's own GPU.",
);

/** 0 done, 2 refused arguments, 1 a benchmark that failed. */
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    if (process.exitCode !== 0) process.stderr.write(`${refusal(error, "benchmark", commands)}\n`);
  } else {
    process.exitCode = 1;
    process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  }
}
