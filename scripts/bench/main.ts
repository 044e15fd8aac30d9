/** `npm run bench -- svd` and so on: the benchmarks of the demo's page, in headless Chromium. */
import { Command, CommanderError } from "commander";
import { descentCommand } from "./descent.ts";
import { svdCommand } from "./svd.ts";
import { widthCommand } from "./width.ts";

const commands = [svdCommand(), descentCommand(), widthCommand()];

const program = new Command("npm run bench --")
  .description("Times this engine beside other libraries in headless Chromium; GPU=1 takes the machine's own GPU.")
  .usage("<benchmark> [options]");
for (const command of commands) program.addCommand(command);
for (const command of [program, ...commands]) {
  command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: () => {}, writeErr: () => {} });
}

function describe(error: unknown): string {
  if (error instanceof CommanderError && error.code === "commander.help") {
    return `error: no benchmark given, one of ${commands.map((command) => command.name()).join(", ")} expected`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CommanderError ? message.replace(/\s+/g, " ") : `error: ${message}`;
}

/** 0 done, 2 refused arguments, 1 a benchmark that failed. */
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof CommanderError ? (error.exitCode === 0 ? 0 : 2) : 1;
  if (process.exitCode !== 0) process.stderr.write(`${describe(error)}\n`);
}
