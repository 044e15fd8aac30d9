/** Whether a command that a document shows can be given: its script, its arguments, its files. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { benchCommands } from "../../scripts/bench/commands.ts";
import { figuresCommand } from "../../src/cli/figures.ts";
import { fitCommand } from "../../src/cli/fit.ts";
import { lstsqCommand } from "../../src/cli/lstsq.ts";
import { spectrumCommand } from "../../src/cli/spectrum.ts";
import { svdCommand } from "../../src/cli/svd.ts";
import { stacksCommand } from "../stacks/command.ts";
import { variantsOn } from "./kernel-table.ts";
import { root } from "./package.ts";

const cliCommands = () => [spectrumCommand(), svdCommand(), fitCommand(), lstsqCommand(), figuresCommand()];

/** What comes after the name of a script of package.json, and a check of it. */
const scripts: Record<string, (args: readonly string[]) => void> = {
  bench: (args) => parse(withCommands(benchCommands()), args),
  cli: (args) => parse(withCommands(cliCommands()), args),
  test: requireVitest,
  "test:stacks": (args) =>
    parse(
      stacksCommand(async () => {}),
      args,
    ),
  wgsl(args) {
    const names = Object.values(variantsOn("gpu")).flatMap((variants) => variants.map(({ kernel }) => kernel.name));
    const unknown = args.find((arg) => arg !== "--table" && !names.includes(arg));
    if (unknown !== undefined) throw new Error(`npm run wgsl -- ${unknown}: no kernel has this name`);
  },
};

/** @throws Error that names the part of the command that does not exist. */
export function requireCommand(text: string): void {
  const words = Array.from(text.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
  const [program = "", ...args] = words.filter((word) => !/^[A-Z_]+=/.test(word));
  const check = programs[program];
  if (!check) throw new Error(`${text}: ${program} given, one of ${Object.keys(programs)} expected`);
  check(args);
}

const programs: Record<string, (args: readonly string[]) => void> = {
  npm([verb = "", ...rest]) {
    if (verb === "install") {
      for (const name of rest) requireInstallable(name);
      return;
    }
    const args = rest.filter((word) => word !== "--");
    const script = verb === "run" ? (args.shift() ?? "") : verb;
    if (!(script in manifest.scripts)) throw new Error(`npm run ${script}: package.json has no such script`);
    if (args.length === 0) return;
    const check = scripts[script];
    if (!check) throw new Error(`npm run ${script}: ${args} given, no arguments expected`);
    check(args);
  },
  npx([name = "", ...args]) {
    if (name in manifest.bin) scripts.cli?.(args);
    else if (name === "vitest") scripts.test?.(args.filter((arg) => arg !== "run"));
    else requirePath(`node_modules/.bin/${name}`);
  },
};

/** `--project NAME`, files, and `-t TITLE` of a test in them. */
function requireVitest(args: readonly string[]): void {
  const given = (option: string) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
  const [project = "unit", title] = ["--project", "-t"].map(given);
  const files = args.filter((arg, i) => !arg.startsWith("-") && !args[i - 1]?.startsWith("-"));
  if (!["unit", "gpu", "node"].includes(project)) throw new Error(`--project ${project}: no such project`);
  for (const file of files) {
    requirePath(file);
    if (title !== undefined && !readFileSync(join(root, file), "utf8").includes(title)) {
      throw new Error(`-t ${title}: no such test in ${file}`);
    }
  }
}

function requireInstallable(name: string): void {
  if (!name.startsWith("../") && !(name in manifest.peerDependencies)) {
    throw new Error(`npm install ${name}: a folder or a peer dependency expected`);
  }
}

function requirePath(path: string): void {
  if (!existsSync(join(root, path))) throw new Error(`${path}: no such file`);
}

function withCommands(commands: readonly Command[]): Command {
  const program = new Command();
  for (const command of commands) program.addCommand(command);
  return program;
}

/** Parses without running. */
function parse(program: Command, args: readonly string[]): void {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command.commands.length === 0) command.action(() => {});
  }
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) throw error;
  }
}
