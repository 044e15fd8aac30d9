import { Command, InvalidArgumentError, Option } from "commander";
import { testFiles } from "./run.ts";
import { type Stack, stackNamed } from "./stacks.ts";

export interface Options {
  readonly stack?: readonly Stack[];
  readonly quick?: boolean;
  readonly list?: true;
  readonly json?: true;
}

/** What `npm run test:stacks` takes. `action` gets the files, all of them where none is given, and the options. */
export function stacksCommand(action: (files: readonly string[], options: Options) => void | Promise<void>): Command {
  return new Command("npm run test:stacks --")
    .description("Runs the GPU tests on every WebGPU stack that is on this machine.")
    .argument("[files...]", "of the GPU tests; all unless given", collectFile)
    .option("--stack <name>", "one stack, or several by repetition", collectStack)
    .option("--quick", "the smoke tests only")
    .addOption(new Option("--list", "say what is here, and how to get what is not").conflicts(["quick", "json"]))
    .option("--json", "print the table as JSON")
    .exitOverride()
    .showSuggestionAfterError(false)
    .action((files: readonly string[], options) => action(files.length > 0 ? files : testFiles(), options));
}

const collectStack = (name: string, chosen: readonly Stack[] = []): Stack[] => [...chosen, parseStack(name)];

/** The stack that a name on the command line means. @throws InvalidArgumentError with all names where none has this one. */
export function parseStack(name: string): Stack {
  try {
    return stackNamed(name);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function collectFile(path: string, chosen: readonly string[] = []): string[] {
  if (testFiles().includes(path)) return [...chosen, path];
  throw new InvalidArgumentError("A file of the GPU tests, test/gpu/….test.ts, is expected.");
}
