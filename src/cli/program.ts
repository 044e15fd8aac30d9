import { Command, type CommanderError } from "commander";

/** A program of commands; `kind` is the word for one in messages. Faults are thrown as CommanderErrors and not printed. */
export function createProgram(name: string, kind: string, commands: readonly Command[]): Command {
  const program = new Command(name).usage(`<${kind}> [options]`);
  for (const command of commands) program.addCommand(command);
  for (const command of [program, ...commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ outputError: () => {}, writeErr: () => {} });
  }
  return program;
}

/** The one line of a refusal. */
export function refusal({ code, message }: CommanderError, kind: string, commands: readonly Command[]): string {
  if (code !== "commander.help") return message.replace(/\s+/g, " ");
  return `error: no ${kind} given, one of ${commands.map((command) => command.name()).join(", ")} expected`;
}
